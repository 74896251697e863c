//! Keeps the process's memory to itself.

use rustix::process::{Resource, Rlimit, setrlimit};

/// No core file ever, and no other process of the same user may attach or read `/proc/<pid>/mem`.
/// Where the system forbids it rsv runs all the same: it is a second line, not the first.
pub(super) fn keep_memory_private() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
