//! Closes the difference between what should be and what is.
