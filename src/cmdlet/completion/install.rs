//! Install-RsvCompletion: puts a shell's stub where the shell looks for it, or says what to add.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

use crate::cmdlet::completion::Shell;
use crate::cmdlet::completion::shell::MARK;
use crate::cmdlet::{Cmdlet, Effect, Session};
use crate::domain::Refusal;
use crate::output::{Form, Output, View};

pub(super) struct Install;

#[derive(Debug, Args)]
pub(super) struct InstallArgs {
    /// The shell
    #[arg(long, alias = "0", value_enum, ignore_case = true)]
    shell: Shell,
    /// The file to write; absent: where bash or fish looks by itself, for zsh and pwsh none
    #[arg(long, alias = "1")]
    path: Option<PathBuf>,
    /// Replace a file that rsv did not write
    #[arg(long)]
    force: bool,
}

static VIEW: View = View {
    type_name: "Rsv.Completion",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Install {
    const NAME: &'static str = "Install-RsvCompletion";
    const SYNOPSIS: &'static str = "Make a shell complete rsv's words with the Tab key";
    const EXAMPLE: &'static str = "rsv Install-RsvCompletion -Shell bash";
    const EFFECT: Effect = Effect::Changes;
    type Args = InstallArgs;

    fn run(args: InstallArgs, session: &mut Session) -> Result<Output> {
        let shell = args.shell;
        let default = shell.default_path(session.shell_folders());
        let found_by_itself = args.path.is_none();
        let Some(path) = args.path.or(default) else {
            let next = format!(
                "Add this line to {}: {}",
                shell.startup_file(),
                shell.line()
            );
            return Ok(answer(shell, None, &next));
        };
        let path = std::path::absolute(&path)
            .with_context(|| format!("{} has no place", path.display()))?;
        if !args.force && is_foreign(&path)? {
            return Err(Refusal::refused(
                "RsvFileExists",
                format!("{} exists and is not rsv's.", path.display()),
            )
            .hint("Add -Force to replace it, or write elsewhere with -Path.")
            .into());
        }
        let place = path.display().to_string();
        if session.what_if() {
            session.console().what_if("Install completion", &place);
            return Ok(Output::none());
        }
        let question = format!("Write the completion of {} to {place}", shell.name());
        session.confirm(Effect::Changes, args.force, &question)?;
        write(&path, shell.stub()).with_context(|| format!("{place} cannot be written"))?;
        let next = match shell {
            Shell::Bash if found_by_itself => {
                "Open a new bash; the package bash-completion has to be installed.".to_owned()
            }
            _ if found_by_itself => format!("Open a new {}.", shell.name()),
            _ => {
                let quoted = place.replace('\'', if shell == Shell::Pwsh { "''" } else { "'\\''" });
                let startup = shell.startup_file();
                format!("Add this line to {startup}: . '{quoted}'")
            }
        };
        Ok(answer(shell, Some(&place), &next))
    }
}

fn answer(shell: Shell, path: Option<&str>, next: &str) -> Output {
    let value = json!({"Shell": shell.name(), "Path": path, "Next": next});
    Output::one(&VIEW, value)
}

/// True when something is there that rsv did not write.
fn is_foreign(path: &Path) -> Result<bool> {
    match fs::read(path) {
        Ok(bytes) => Ok(!String::from_utf8_lossy(&bytes).contains(MARK)),
        // A symbolic link that leads nowhere is somebody's too.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.symlink_metadata().is_ok()),
        Err(error) if error.kind() == ErrorKind::IsADirectory => Ok(true),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Writes the whole file or nothing; behind a symbolic link, the file it leads to.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    let temporary = folder.join(format!(".rsv-completion.{}", std::process::id()));
    let written = fs::File::create_new(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // What counts is the first error.
        let _ = fs::remove_file(&temporary);
    }
    written
}
