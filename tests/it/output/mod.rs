//! Values to text.

mod render;
mod select;
