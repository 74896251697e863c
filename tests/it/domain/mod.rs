//! Rules without files or a clock.

mod retention;
