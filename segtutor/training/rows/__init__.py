"""From a data set's rows to a batch: targets, augmentation, cells."""
