//! The shells that have a stub: what it says, and where the shell looks for it.

use std::path::PathBuf;

use clap::ValueEnum;

/// What a shell's stub says of itself in its first lines; a file without it is somebody else's.
pub(super) const MARK: &str = "Tab completion of rsv.";

/// A shell with Tab completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash 4 or newer
    Bash,
    /// zsh 5
    Zsh,
    /// fish 3
    Fish,
    /// PowerShell 7
    Pwsh,
}

/// Where the user's shells look for completions; absent when the user has no home folder.
#[derive(Debug, Clone, Default)]
pub struct ShellFolders {
    /// Where bash-completion looks.
    pub bash: Option<PathBuf>,
    /// Where fish looks.
    pub fish: Option<PathBuf>,
}

impl Shell {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Bash, Self::Zsh, Self::Fish, Self::Pwsh];

    /// The name as -Shell takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Pwsh => "pwsh",
        }
    }

    /// The shell of this name, in any letter case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|shell| shell.name().eq_ignore_ascii_case(name))
    }

    /// The script that makes the shell ask rsv.
    #[must_use]
    pub fn stub(self) -> &'static str {
        match self {
            Self::Bash => include_str!("../../../completions/rsv.bash"),
            Self::Zsh => include_str!("../../../completions/_rsv"),
            Self::Fish => include_str!("../../../completions/rsv.fish"),
            Self::Pwsh => include_str!("../../../completions/rsv.ps1"),
        }
    }

    /// The file in which the shell finds the stub by itself; none for a shell that is told by a
    /// line of its start-up file.
    pub(super) fn default_path(self, folders: &ShellFolders) -> Option<PathBuf> {
        match self {
            Self::Bash => folders.bash.as_ref().map(|folder| folder.join("rsv")),
            Self::Fish => folders.fish.as_ref().map(|folder| folder.join("rsv.fish")),
            Self::Zsh | Self::Pwsh => None,
        }
    }

    /// The start-up file in which a line is needed.
    pub(super) fn startup_file(self) -> &'static str {
        match self {
            Self::Bash => "~/.bashrc",
            Self::Zsh => "~/.zshrc",
            Self::Fish => "~/.config/fish/config.fish",
            Self::Pwsh => "the file $PROFILE",
        }
    }

    /// The line that loads the stub without a file.
    pub(super) fn line(self) -> &'static str {
        match self {
            Self::Bash => "eval \"$(rsv __complete stub bash)\"",
            Self::Zsh => "eval \"$(rsv __complete stub zsh)\"",
            Self::Fish => "rsv __complete stub fish | source",
            Self::Pwsh => "rsv __complete stub pwsh | Out-String | Invoke-Expression",
        }
    }
}
