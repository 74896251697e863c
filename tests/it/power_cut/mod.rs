//! Power cuts under whole commands (reliability 3.1, A06): the program runs under strace, the calls
//! that change the disk are replayed on a model of it, every disk that a cut could leave is written
//! out, and the program itself has to find its way in it.
//!
//! Worst case allowed by POSIX: of the names changed since their folder was flushed any subset
//! survives, and of a file's bytes not flushed none, half or all. The model is checked against the
//! real folder after every recording, and by leaving out flushes: it has to find the damage.
//!
//! By default each story checks an evenly spread part of its disks; `RSV_RELIABILITY=full` checks all.

mod disk;
mod stories;
mod trace;
