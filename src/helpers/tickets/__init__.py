"""Define the one table of tickets: its schema, its Parquet file, and the engines that query it (DuckDB, Spark, a warehouse)."""
