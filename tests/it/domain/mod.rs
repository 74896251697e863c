//! Rules without files or a clock.

mod nearest;
mod retention;
