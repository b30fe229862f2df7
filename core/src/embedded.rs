//! What `embed!` leaves in a binary.

use crate::checksum::Checksum;

/// A directory of migrations, read and checked at compile time.
///
/// Everything here is constant data, so that a binary pays for it with nothing but its bytes.
#[derive(Debug)]
pub struct Embedded {
    /// The directory, as it is shown to people.
    pub dir: &'static str,
    /// The directory's absolute path, in debug builds only: it is compared with what was embedded.
    pub built_from: Option<&'static str>,
    /// The set's name.
    pub set: &'static str,
    /// Whether files without a down file were allowed.
    pub allow_up_only: bool,
    /// The package and version that embeds, for the event log.
    pub application: &'static str,
    /// The files, by name.
    pub files: &'static [EmbeddedFile],
    /// The digest of a history that holds exactly these migrations, as [`crate::directory::Directory::digests`] gives it.
    pub digests: [Option<[u8; 32]>; 3],
    /// Former checksums that the lock file accepts: id, checksum.
    pub was: &'static [(&'static str, [u8; 32])],
    /// What the lock file notes of schemas: id, kind of server, [`crate::fingerprint::Fingerprint`].
    pub fingerprints: &'static [(&'static str, &'static str, &'static str)],
}

/// One file of an embedded directory.
#[derive(Debug)]
pub struct EmbeddedFile {
    /// Its name.
    pub name: &'static str,
    /// Its text, as it stands in the file.
    pub text: &'static str,
    /// Its exact checksum.
    pub checksum: [u8; 32],
}

impl EmbeddedFile {
    /// Puts files together from their names, their texts, and all their checksums in one piece.
    ///
    /// Thousands of struct literals cost a compiler twice the time of these three.
    pub const fn list<const N: usize>(
        names: [&'static str; N],
        texts: [&'static str; N],
        checksums: &[u8],
    ) -> [EmbeddedFile; N] {
        let mut files = [const { EmbeddedFile { name: "", text: "", checksum: [0; 32] } }; N];
        let (checksums, _) = checksums.as_chunks();
        let mut at = 0;
        while at < N {
            files[at] = EmbeddedFile { name: names[at], text: texts[at], checksum: checksums[at] };
            at += 1;
        }
        files
    }

    /// Returns the file's exact checksum.
    pub fn checksum(&self) -> Checksum {
        Checksum::from_bytes(self.checksum)
    }
}
