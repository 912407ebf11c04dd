"""The report command: request, plan, run, verify; changes since an earlier run; the RO-Crate."""
