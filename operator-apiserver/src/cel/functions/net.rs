//! IP addresses and networks.

use std::{fmt, net::IpAddr};

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
};

pub(super) fn named(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "ip" => (ip, Cost::Reads(1)),
        "isIP" => (is_ip, Cost::Reads(1)),
        "ip.isCanonical" => (is_canonical, Cost::Reads(2)),
        "family" => (
            |args| the_ip(args).map(|ip| Val::Int(if ip.is_ipv4() { 4 } else { 6 })),
            Cost::Fixed(1),
        ),
        "isUnspecified" => (
            |args| the_ip(args).map(|ip| Val::Bool(ip.is_unspecified())),
            Cost::Fixed(1),
        ),
        "isLoopback" => (
            |args| the_ip(args).map(|ip| Val::Bool(ip.is_loopback())),
            Cost::Fixed(1),
        ),
        "isLinkLocalMulticast" => (
            |args| the_ip(args).map(|ip| Val::Bool(link_local_multicast(ip))),
            Cost::Fixed(1),
        ),
        "isLinkLocalUnicast" => (
            |args| the_ip(args).map(|ip| Val::Bool(link_local_unicast(ip))),
            Cost::Fixed(1),
        ),
        "isGlobalUnicast" => (
            |args| the_ip(args).map(|ip| Val::Bool(global_unicast(ip))),
            Cost::Fixed(1),
        ),
        "cidr" => (cidr, Cost::Reads(1)),
        "isCIDR" => (is_cidr, Cost::Reads(1)),
        "containsIP" => (contains_ip, Cost::Networks),
        "containsCIDR" => (contains_cidr, Cost::Networks),
        "prefixLength" => (
            |args| the_cidr(args).map(|c| Val::Int(i64::from(c.bits))),
            Cost::Fixed(1),
        ),
        "masked" => (
            |args| the_cidr(args).map(|c| Val::Cidr(c.masked())),
            Cost::Fixed(1),
        ),
        _ => return None,
    };
    Some(entry)
}

/// A network: an address and the length of its prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cel) struct Cidr {
    address: IpAddr,
    bits: u8,
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Cidr {
    /// How many bytes its address has.
    pub(in crate::cel) fn bytes(&self) -> usize {
        if self.address.is_ipv4() { 4 } else { 16 }
    }

    fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.bits))
                    .unwrap_or_default();
                IpAddr::V4((v4.to_bits() & mask).into())
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.bits))
                    .unwrap_or_default();
                IpAddr::V6((v6.to_bits() & mask).into())
            }
        };
        Self { address, ..self }
    }

    fn contains(self, address: IpAddr) -> bool {
        let same_family = self.address.is_ipv4() == address.is_ipv4();
        same_family && Self { address, ..self }.masked() == self.masked()
    }
}

/// Reads an address; the error is Kubernetes'.
fn parse_ip(text: &str) -> Result<IpAddr, Fault> {
    match text.parse() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_some() => Err(Fault::because(format!(
            "IPv4-mapped IPv6 address {text:?} is not allowed"
        ))),
        Ok(address) => Ok(address),
        Err(_) => {
            if let Some((address, zone)) = text.split_once('%')
                && !zone.is_empty()
                && address.parse::<std::net::Ipv6Addr>().is_ok()
            {
                return Err(Fault::because(format!(
                    "IP address {text:?} with zone value is not allowed"
                )));
            }
            let why = why_no_ip(text);
            Err(Fault::because(format!(
                "IP Address {text:?} parse error during conversion from string: ParseAddr({text:?}): {why}"
            )))
        }
    }
}

/// What Go finds wrong with an address.
fn why_no_ip(text: &str) -> String {
    let first = text
        .find(['.', ':', '%'])
        .and_then(|at| text[at..].chars().next());
    match first {
        None => "unable to parse IP".into(),
        Some('%') => "missing IPv6 address".into(),
        Some('.') => {
            let fields: Vec<&str> = text.split('.').collect();
            for field in &fields {
                if field.is_empty() {
                    return "IPv4 field must have at least one digit".into();
                }
                if !field.bytes().all(|b| b.is_ascii_digit()) {
                    return "unexpected character".into();
                }
                if field.len() > 1 && field.starts_with('0') {
                    return "IPv4 field has octet with leading zero".into();
                }
                if field.len() > 3 || field.parse::<u32>().is_ok_and(|n| n > 255) {
                    return "IPv4 field has value >255".into();
                }
            }
            let long = fields.len() > 4;
            if long {
                "IPv4 address too long"
            } else {
                "IPv4 address too short"
            }
            .into()
        }
        Some(_) => "unable to parse IP".into(),
    }
}

fn parse_cidr(text: &str) -> Result<Cidr, Fault> {
    let refuse = |why: String| {
        let prefix = "network address parse error during conversion from string: ";
        Err(Fault::because(format!(
            "{prefix}{prefix}netip.ParsePrefix({text:?}): {why}"
        )))
    };
    let Some((address, bits)) = text.rsplit_once('/') else {
        return refuse("no '/'".into());
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return refuse(format!("ParseAddr({address:?}): {}", why_no_ip(address)));
    };
    let plain = !bits.is_empty()
        && bits.bytes().all(|b| b.is_ascii_digit())
        && (bits.len() == 1 || !bits.starts_with('0'));
    let max = if address.is_ipv4() { 32 } else { 128 };
    match bits.parse::<u32>() {
        Ok(number) if plain && number <= max => {
            if let IpAddr::V6(v6) = address
                && v6.to_ipv4_mapped().is_some()
            {
                return Err(Fault::because(format!(
                    "network address parse error during conversion from string: IPv4-mapped IPv6 address {text:?} is not allowed"
                )));
            }
            let bits = u8::try_from(number).unwrap_or(128);
            Ok(Cidr { address, bits })
        }
        Ok(_) if plain => refuse("prefix length out of range".into()),
        _ => refuse(format!("bad bits after slash: {bits:?}")),
    }
}

fn the_ip(args: Args<'_, '_>) -> Result<IpAddr, Fault> {
    match args.values {
        [Val::Ip(ip)] => Ok(*ip),
        _ => Err(Fault::no_overload()),
    }
}

fn the_cidr(args: Args<'_, '_>) -> Result<Cidr, Fault> {
    match args.values {
        [Val::Cidr(cidr)] => Ok(*cidr),
        _ => Err(Fault::no_overload()),
    }
}

fn ip<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => parse_ip(text).map(Val::Ip),
        [Val::Cidr(cidr)] => Ok(Val::Ip(cidr.address)),
        _ => Err(Fault::no_overload()),
    }
}

fn is_ip<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => Ok(Val::Bool(parse_ip(text).is_ok())),
        _ => Err(Fault::no_overload()),
    }
}

fn is_canonical<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => parse_ip(text).map(|ip| Val::Bool(ip.to_string() == **text)),
        _ => Err(Fault::no_overload()),
    }
}

fn link_local_multicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.octets()[..3] == [224, 0, 0],
        IpAddr::V6(v6) => v6.octets()[0] == 0xff && v6.octets()[1] & 0x0f == 2,
    }
}

fn link_local_unicast(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

/// As Go has it: private addresses are global, too.
fn global_unicast(ip: IpAddr) -> bool {
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    !broadcast
        && !ip.is_unspecified()
        && !ip.is_loopback()
        && !ip.is_multicast()
        && !link_local_unicast(ip)
}

fn cidr<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => parse_cidr(text).map(Val::Cidr),
        _ => Err(Fault::no_overload()),
    }
}

fn is_cidr<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::String(text)] => Ok(Val::Bool(parse_cidr(text).is_ok())),
        _ => Err(Fault::no_overload()),
    }
}

fn contains_ip<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Cidr(cidr), Val::Ip(ip)] => Ok(Val::Bool(cidr.contains(*ip))),
        [Val::Cidr(cidr), Val::String(text)] => {
            parse_ip(text).map(|ip| Val::Bool(cidr.contains(ip)))
        }
        _ => Err(Fault::no_overload()),
    }
}

fn contains_cidr<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let (outer, inner) = match args.values {
        [Val::Cidr(outer), Val::Cidr(inner)] => (outer, *inner),
        [Val::Cidr(outer), Val::String(text)] => (outer, parse_cidr(text)?),
        _ => return Err(Fault::no_overload()),
    };
    Ok(Val::Bool(
        outer.bits <= inner.bits && outer.contains(inner.address),
    ))
}
