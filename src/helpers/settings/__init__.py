"""What people decide: editions, products, periods, labels and the format of numbers; paths, errors and YAML models."""
