//! Save-AzVhd (design, section 3): writes the raw image, sparse, under its name only when whole.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;

use crate::cmdlet::{Cmdlet, Effect, ObjectArg, Session};
use crate::domain::Refusal;
use crate::output::{Form, Output, View};
use crate::workflow;

pub(super) struct Save;

#[derive(Debug, Args)]
pub(super) struct SaveArgs {
    /// The access token of Grant-AzDiskAccess, or - to read it from standard input
    #[arg(long, alias = "0", alias = "su")]
    source_uri: ObjectArg,
    /// The file to write
    #[arg(long, alias = "1", alias = "lf")]
    local_file_path: PathBuf,
    /// Replace the file if there is one
    #[arg(long)]
    over_write: bool,
}

static VIEW: View = View {
    type_name: "Microsoft.Azure.Commands.Compute.Models.VhdDownloadContext",
    form: Form::List,
    table: &[],
    list: &[],
};

impl Cmdlet for Save {
    const NAME: &'static str = "Save-AzVhd";
    const SYNOPSIS: &'static str = "Write a managed disk to a raw image file";
    const EXAMPLE: &'static str = "rsv Grant-AzDiskAccess -ResourceGroupName DestRG \
        -DiskName \"$(rsv Get-AzDisk -ResourceGroupName DestRG -Query '[0].Name')\" -Access Read \
        -DurationInSecond 3600 -Query AccessSAS | rsv Save-AzVhd -SourceUri - \
        -LocalFilePath back.img -OverWrite";
    const EFFECT: Effect = Effect::Changes;
    const REFUSED: &'static [(&'static str, &'static str)] = &[
        ("StorageKey", "the access token is all that is needed"),
        ("NumberOfThreads", "all cores are used"),
        ("ResourceGroupName", "the access token names the disk"),
    ];
    type Args = SaveArgs;

    fn run(args: SaveArgs, session: &mut Session) -> Result<Output> {
        let token = session.object_text("SourceUri", &args.source_uri)?;
        let disk = workflow::disk_by_token(session.context(), token.trim())?;
        let path = std::path::absolute(&args.local_file_path)
            .with_context(|| format!("{} has no place", args.local_file_path.display()))?;
        if !args.over_write && path.symlink_metadata().is_ok() {
            return Err(Refusal::refused(
                "RsvFileExists",
                format!("{} exists already.", path.display()),
            )
            .hint("Add -OverWrite to replace it.")
            .into());
        }
        let reader = workflow::open_disk(session.context(), &disk)?;
        if session.what_if() {
            session
                .console()
                .what_if("Save disk", &path.display().to_string());
            return Ok(Output::none());
        }
        session.confirm(Effect::Changes, false, &format!("Write {}", path.display()))?;
        let bar = session.observe(&format!("Save {}", disk.base.name));
        let outcome = reader.copy_to(&path, &bar, args.over_write);
        bar.finish();
        outcome?;
        Ok(Output::one(
            &VIEW,
            json!({"LocalFilePath": path, "Length": disk.size_bytes}),
        ))
    }
}
