"""The fonts that PDF files and figures embed, and the script that subsets them."""
