//! Private keys of key vaults at rest: one folder per key, three files per version.
//!
//! `<root>/<vault>/<key>/<version>.pub` is the SPKI in PEM, `.shred` 32 random bytes that exist
//! nowhere else, `.sealed` the PKCS#8 DER in Cobblestone-256 under
//! `derive(root key, "rsv/v1/kv-priv", [vault, key, version, shred])` with the context
//! `canonical("rsv/v1/kv-priv", vault, key, version, SHA-256(SPKI DER), be32(bits))`.
//! Without `.shred` no copy of the rest opens.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::crypto::{
    Error, RsaPrivate, RsaPublic, Secret, canonical, derive, open, read_regular, seal,
};

const LABEL: &str = "rsv/v1/kv-priv";
const WHAT: &str = "private key";
/// Longest file read; the largest that is written here is a sealed RSA-4096 key of 2.5 KB.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// The folder of private keys and the root key that seals them.
pub struct Keyring {
    root: PathBuf,
    root_key: Secret<32>,
}

/// Checked names of one key version, and its files.
struct Version<'a> {
    names: [&'a str; 3],
    dir: PathBuf,
}

impl<'a> Version<'a> {
    fn file(&self, extension: &str) -> PathBuf {
        self.dir.join(format!("{}.{extension}", self.names[2]))
    }

    fn seal_key(&self, root_key: &Secret<32>, shred: &Secret<32>) -> Secret<32> {
        let [vault, key, version] = self.names.map(str::as_bytes);
        derive(root_key, LABEL, &[vault, key, version, shred.expose()])
    }

    fn context(&self, public: &RsaPublic) -> Vec<u8> {
        let [vault, key, version] = self.names.map(str::as_bytes);
        let bits = public.bits().to_be_bytes();
        canonical(&[
            LABEL.as_bytes(),
            vault,
            key,
            version,
            &public.spki_digest(),
            &bits,
        ])
    }

    fn public(&self) -> Result<RsaPublic, Error> {
        let pem = read(&self.file("pub"))?;
        let pem = std::str::from_utf8(&pem).map_err(|_| Error::Malformed {
            what: "public key file",
            why: "it is not text",
        })?;
        RsaPublic::from_spki_pem(pem)
    }

    /// One of the two files without which the key is gone for good.
    fn secret_file(&self, extension: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        read(&self.file(extension)).map_err(|error| match error {
            Error::File { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Error::Shredded(self.names.join("/"))
            }
            other => other,
        })
    }
}

impl Keyring {
    /// Uses the folder `root`; [`Keyring::store`] makes it when it does not exist yet.
    ///
    /// # Errors
    /// [`Error::File`] when `root` is there but is not a folder, or cannot be looked at.
    pub fn open(root: PathBuf, root_key: Secret<32>) -> Result<Self, Error> {
        match fs::metadata(&root) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(file_error(&root, io::ErrorKind::NotADirectory.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(file_error(&root, error)),
        }
        Ok(Self { root, root_key })
    }

    /// Writes a new key version durably: files 0600, folders 0700, all synced on return.
    ///
    /// After an error none of its files is left, unless the machine stopped in between.
    ///
    /// # Errors
    /// [`Error::BadName`]; [`Error::File`] with `AlreadyExists` when any of the files is there.
    pub fn store(
        &self,
        vault: &str,
        key: &str,
        version: &str,
        private: &RsaPrivate,
    ) -> Result<(), Error> {
        let at = self.version(vault, key, version)?;
        let shred = Secret::<32>::random()?;
        let context = at.context(private.public());
        let pkcs8 = private.to_pkcs8_der()?;
        let sealed = seal(&at.seal_key(&self.root_key, &shred), &context, &pkcs8)?;
        let pem = private.public().to_spki_pem()?;
        make_folder(&self.root)?;
        make_folder(&self.root.join(vault))?;
        make_folder(&at.dir)?;
        let files: [(&str, &[u8]); 3] = [
            ("shred", shred.expose()),
            ("sealed", &sealed),
            ("pub", pem.as_bytes()),
        ];
        let mut created = Vec::with_capacity(files.len());
        let written = files
            .iter()
            .try_for_each(|(extension, bytes)| create(&at.file(extension), bytes, &mut created))
            .and_then(|()| sync_folder(&at.dir));
        if written.is_err() {
            for path in &created {
                // The first error is the one to report; what stays is an orphan without a record.
                let _ = fs::remove_file(path);
            }
        }
        written
    }

    /// Opens a private key.
    ///
    /// # Errors
    /// [`Error::Shredded`] after a purge; [`Error::File`] when there is no such version;
    /// [`Error::WrongKey`], [`Error::NotAuthentic`] or [`Error::Truncated`] when a file was
    /// altered or belongs to another key or root key.
    pub fn load(&self, vault: &str, key: &str, version: &str) -> Result<RsaPrivate, Error> {
        let at = self.version(vault, key, version)?;
        let public = at.public()?;
        let shred = at.secret_file("shred")?;
        let shred = Secret::from_slice(&shred).ok_or(Error::Malformed {
            what: "shred secret",
            why: "it is not 32 bytes long",
        })?;
        let sealed = at.secret_file("sealed")?;
        let seal_key = at.seal_key(&self.root_key, &shred);
        let pkcs8 = Zeroizing::new(open(&seal_key, &at.context(&public), &sealed, WHAT)?);
        RsaPrivate::from_pkcs8_der(&pkcs8)
    }

    /// The public key, which outlives [`Keyring::shred`].
    ///
    /// It is not authenticated: compare its digest with a record that is.
    ///
    /// # Errors
    /// [`Error::File`] when there is no such version; [`Error::BadKey`] or [`Error::Malformed`].
    pub fn public(&self, vault: &str, key: &str, version: &str) -> Result<RsaPublic, Error> {
        self.version(vault, key, version)?.public()
    }

    /// True when all three files of the version are there.
    ///
    /// # Errors
    /// [`Error::BadName`], or [`Error::File`] when the folder cannot be searched.
    pub fn contains(&self, vault: &str, key: &str, version: &str) -> Result<bool, Error> {
        let at = self.version(vault, key, version)?;
        for extension in ["pub", "sealed", "shred"] {
            let path = at.file(extension);
            if !path.try_exists().map_err(|e| file_error(&path, e))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Destroys the private key: no copy of its sealed form opens any more. Keeps the public key.
    ///
    /// May be repeated after a crash.
    ///
    /// # Errors
    /// [`Error::BadName`] or [`Error::File`]; then the key may or may not be destroyed. A missing
    /// folder is an error too: a disk that is not mounted must not pass for a destroyed key.
    pub fn shred(&self, vault: &str, key: &str, version: &str) -> Result<(), Error> {
        self.remove(vault, key, version, &["shred", "sealed"])
    }

    /// Removes whatever an interrupted [`Keyring::store`] left that no record names.
    ///
    /// # Errors
    /// [`Error::BadName`] or [`Error::File`]; that nothing was there is none.
    pub fn remove_version_files(&self, vault: &str, key: &str, version: &str) -> Result<(), Error> {
        match self.remove(vault, key, version, &["shred", "sealed", "pub"]) {
            Err(Error::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    fn remove(&self, vault: &str, key: &str, version: &str, files: &[&str]) -> Result<(), Error> {
        let at = self.version(vault, key, version)?;
        for extension in files {
            let path = at.file(extension);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(file_error(&path, error));
                }
                _ => {}
            }
        }
        sync_folder(&at.dir)
    }

    /// The only way from names to paths.
    fn version<'a>(
        &self,
        vault: &'a str,
        key: &'a str,
        version: &'a str,
    ) -> Result<Version<'a>, Error> {
        let names = [vault, key, version];
        for name in names {
            let fits = (1..=127).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !fits {
                return Err(Error::BadName(name.into()));
            }
        }
        let dir = self.root.join(vault).join(key);
        Ok(Version { names, dir })
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    read_regular(path, FILE_BYTES_MAX).map_err(|source| file_error(path, source))
}

/// Creates the file with mode 0600 and syncs it. Notes it in `created` as soon as it exists.
fn create(path: &Path, bytes: &[u8], created: &mut Vec<PathBuf>) -> Result<(), Error> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = file.map_err(|source| file_error(path, source))?;
    created.push(path.to_path_buf());
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|source| file_error(path, source))
}

/// Makes the folder with mode 0700 if it is not there, and makes its name durable either way:
/// whoever made it before may have stopped before syncing.
fn make_folder(path: &Path) -> Result<(), Error> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(file_error(path, error));
        }
        _ => {}
    }
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new(".")),
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

fn sync_folder(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| file_error(path, source))
}

fn file_error(path: &Path, source: io::Error) -> Error {
    let path = path.to_path_buf();
    Error::File { path, source }
}
