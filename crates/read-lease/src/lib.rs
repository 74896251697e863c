//! Looks at a file while the kernel vouches that nobody has it open for writing.
//!
//! A package of its own because fcntl(2) has no safe wrapper for leases in any well-kept crate:
//! the one unsafe call of the program is here, and the program itself forbids unsafe code.

use std::fs::File;

/// What `look` gives, if a read lease on `file` is granted for as long as it runs.
///
/// The lease is granted only when no descriptor, writable mapping or loop device has the file
/// open for writing. Without permission (another user's file, no `CAP_LEASE`) or support, and on
/// other systems than Linux, the answer is `None`. Who opens the file for writing meanwhile waits
/// until `look` is done. `file` has to be open for reading only.
#[must_use]
pub fn while_unwritten<T>(file: &File, look: impl FnOnce() -> T) -> Option<T> {
    imp::take(file).then(|| {
        let seen = look();
        imp::release(file);
        seen
    })
}

#[cfg(target_os = "linux")]
mod imp {
    use std::fs::File;
    use std::os::fd::AsRawFd;

    /// The signal for a writer that comes: fcntl(2), asm-generic/fcntl.h; libc has no name for it.
    const F_SETSIG: libc::c_int = 10;

    /// A writer that comes is told by SIGURG, which does nothing; SIGIO would end the process.
    pub(super) fn take(file: &File) -> bool {
        control(file, F_SETSIG, libc::SIGURG)
            && control(file, libc::F_SETLEASE, libc::F_RDLCK)
    }

    pub(super) fn release(file: &File) {
        control(file, libc::F_SETLEASE, libc::F_UNLCK);
    }

    fn control(file: &File, command: libc::c_int, value: libc::c_int) -> bool {
        // SAFETY: the descriptor is open as long as `file` is borrowed, and these two commands
        // take an integer: no memory is passed.
        unsafe { libc::fcntl(file.as_raw_fd(), command, value) != -1 }
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    use std::fs::File;

    pub(super) fn take(_: &File) -> bool {
        false
    }

    pub(super) fn release(_: &File) {}
}
