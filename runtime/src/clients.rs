//! Whether the client of a connection is gone, while the server still works for it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::engine::Engine;
use crate::session::{Row, Session};

/// Asks what can be seen of the client of a connection. Where this user may not ask, it is nothing.
pub(crate) async fn client_of(session: &mut dyn Session, engine: &dyn Engine, connection: Option<i64>) -> Client {
    let Some(question) = connection.and_then(|connection| engine.client(connection)) else { return Client::Unseen };
    let Ok(rows) = session.rows(&question).await else { return Client::Unseen };
    Ends::read(&rows).map_or(Client::Unseen, |ends| ends.client())
}

/// The two ends of two connections to one server, as the server sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ends {
    client: End,
    ours: End,
    server_port: u16,
}

/// An address and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    /// An address, or `localhost`.
    host: String,
    port: u16,
}

impl Ends {
    /// Reads what the engines' `client_*.sql` answer. `None` is that the server does not tell, or that no port is used.
    fn read(rows: &[Row]) -> Option<Ends> {
        let row = rows.first()?;
        let port = |column| row.number(column).and_then(|port| u16::try_from(port).ok());
        let end = |column| Some(End { host: row.text(column)?.to_owned(), port: port(column + 1)? });
        Some(Ends { client: end(0)?, ours: end(2)?, server_port: port(4)? })
    }

    /// Says what can be seen of the client. What cannot be seen is not gone.
    ///
    /// That is something only where the client ran in this network namespace. It did if the server sees it at the address at
    /// which it sees us, and if that is an address of ours and not of a router in between, whose clients may be anywhere.
    fn client(&self) -> Client {
        self.client_among(&sockets())
    }

    fn client_among(&self, sockets: &[Socket]) -> Client {
        let is_open = |end: &End| sockets.iter().any(|socket| socket.is(end, self.server_port));
        match (self.client.host == self.ours.host && is_open(&self.ours), is_open(&self.client)) {
            (false, _) => Client::Unseen,
            (true, true) => Client::Alive,
            (true, false) => Client::Gone,
        }
    }
}

/// What can be seen of the client of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    /// A process here has its end open.
    Alive,
    /// It was here, and no process has its end open any more.
    Gone,
    /// It may be anywhere.
    Unseen,
}

/// A TCP socket that some process has open.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Socket {
    host: IpAddr,
    port: u16,
    remote_port: u16,
}

impl Socket {
    fn is(&self, end: &End, server_port: u16) -> bool {
        let is_at = if end.host == "localhost" {
            self.host.is_loopback()
        } else {
            end.host.parse::<IpAddr>().is_ok_and(|host| host.to_canonical() == self.host)
        };
        is_at && self.port == end.port && self.remote_port == server_port
    }
}

/// Returns the sockets of this network namespace; on systems that do not tell so, none.
fn sockets() -> Vec<Socket> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| std::fs::read_to_string(table).unwrap_or_default());
    tables.iter().flat_map(|table| table.lines().filter_map(socket)).collect()
}

/// Reads a line of such a table; <https://docs.kernel.org/networking/proc_net_tcp.html>.
fn socket(line: &str) -> Option<Socket> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (host, port) = end(fields.get(1)?)?;
    let (_, remote_port) = end(fields.get(2)?)?;
    // A socket that no process has open any more has no inode.
    let is_open = fields.get(9).is_some_and(|inode| *inode != "0");
    is_open.then_some(Socket { host, port, remote_port })
}

/// Reads `0100007F:1F90`. The address is written in words of 32 bits, each as this machine holds it.
fn end(text: &str) -> Option<(IpAddr, u16)> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words: Vec<[u8; 4]> = (0..host.len() / 8)
        .map(|n| Some(u32::from_str_radix(host.get(n * 8..n * 8 + 8)?, 16).ok()?.to_ne_bytes()))
        .collect::<Option<_>>()?;
    let host = match words[..] {
        [word] => IpAddr::V4(Ipv4Addr::from(word)),
        [..] => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(words.concat()).ok()?)),
    };
    Some((host.to_canonical(), port))
}

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use super::*;

    /// Ours is 40000, that of somebody who lives 40001, that of one who was killed 40002; the server is at 5432.
    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 0100007F:9C40 0100007F:1538 01 00000000:00000000 00:00000000 00000000     0        0 12 1 0 20 4 30 10 -1
   2: 0100007F:9C41 0100007F:1538 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 20 4 30 10 -1
   3: 0100007F:9C42 0100007F:1538 05 00000000:00000000 03:00000000 00000000     0        0 0 3 0
   4: 0000000000000000FFFF00000100007F:9C43 0000000000000000FFFF00000100007F:1538 01 00000000:00000000 00:00000000 00000000     0        0 14 1
";

    fn seen(client: (&str, u16), ours: (&str, u16)) -> Client {
        let sockets: Vec<Socket> = TABLE.lines().filter_map(socket).collect();
        let end = |(host, port): (&str, u16)| End { host: host.to_owned(), port };
        Ends { client: end(client), ours: end(ours), server_port: 5432 }.client_among(&sockets)
    }

    #[test]
    fn a_client_is_gone_when_no_process_has_its_socket() {
        let ours = ("127.0.0.1", 40000);
        assert_eq!(seen(("127.0.0.1", 40001), ours), Client::Alive);
        assert_eq!(seen(("127.0.0.1", 40002), ours), Client::Gone, "it was killed a moment ago");
        assert_eq!(seen(("127.0.0.1", 40009), ours), Client::Gone, "it was killed long ago");
        assert_eq!(seen(("127.0.0.1", 40003), ours), Client::Alive, "in the table of the other protocol");
        assert_eq!(seen(("localhost", 40002), ("localhost", 40000)), Client::Gone);
        assert_eq!(seen(("localhost", 40001), ("localhost", 40000)), Client::Alive);
    }

    #[test]
    fn a_client_elsewhere_is_never_gone() {
        assert_eq!(seen(("10.0.0.7", 40002), ("127.0.0.1", 40000)), Client::Unseen, "another machine");
        assert_eq!(seen(("10.0.0.7", 40002), ("10.0.0.7", 40000)), Client::Unseen, "a router speaks for us");
        assert_eq!(seen(("127.0.0.1", 40002), ("127.0.0.1", 40008)), Client::Unseen, "a tunnel speaks for us");
    }
}
