"""Read what people decide (editions, products, periods, labels, number format); name paths, report errors, write files."""
