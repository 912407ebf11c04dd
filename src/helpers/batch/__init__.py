"""Run notebooks through papermill, several at once, in kernels with time limits."""
