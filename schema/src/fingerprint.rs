//! Hashes of schemas, and of the things in them.

use dunlin_core::checksum::Checksum;
use dunlin_core::fingerprint::{Things, hash};

use crate::fact::{Fact, Kind};
use crate::schema::Schema;

impl Schema {
    /// Returns a hash over all that the diff compares: two schemas have the same exactly if nothing differs.
    pub fn fingerprint(&self) -> Checksum {
        let mut bytes = Vec::new();
        push(&mut bytes, self.dialect().facts().word);
        for fact in self.facts() {
            self.push(&mut bytes, fact);
        }
        Checksum::of_bytes(&bytes)
    }

    /// Returns the outermost things, each with a hash over all that the diff compares of it and of what is part of it. What belongs to
    /// the database as a whole is left out: who makes the database says that.
    ///
    /// Invariant: the form never changes, for lock files hold such hashes.
    pub fn things(&self) -> Things {
        let outermost = self.facts().filter(|fact| fact.parent.is_none() && fact.id.kind != Kind::Database);
        let thing = |fact: &Fact| {
            let mut bytes = Vec::new();
            self.push_whole(&mut bytes, fact);
            (format!("{}:{}", fact.id.kind.word(), fact.id.name.join(".")), hash(&bytes))
        };
        outermost.map(thing).collect()
    }

    fn push_whole(&self, bytes: &mut Vec<u8>, fact: &Fact) {
        self.push(bytes, fact);
        let mut parts = self.children(&fact.id);
        // Those are a matter of each server.
        parts.retain(|part| !matches!(part.id.kind, Kind::Privilege | Kind::Owner));
        parts.sort_by(|one, other| one.id.cmp(&other.id));
        for part in parts {
            self.push_whole(bytes, part);
        }
    }

    fn push(&self, bytes: &mut Vec<u8>, fact: &Fact) {
        push(bytes, fact.id.kind.word());
        fact.id.name.iter().for_each(|part| push(bytes, part));
        push(bytes, "");
        for (name, value) in &fact.attributes {
            push(bytes, name);
            push(bytes, value);
        }
        push(bytes, "");
        let ranked = self.children(&fact.id).into_iter().filter(|child| child.rank.is_some());
        ranked.for_each(|child| push(bytes, &child.id.name.join("\u{1}")));
        push(bytes, "");
    }
}

fn push(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
}
