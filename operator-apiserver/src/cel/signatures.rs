//! The functions of Kubernetes' CEL environment with the types that they take: what is not here is undeclared.

use std::{collections::HashMap, sync::LazyLock};

use super::types::Type;

/// One way to call a function.
#[derive(Debug)]
pub(super) struct Overload {
    /// Its name in cel-go, which the cost depends on.
    pub(super) id: String,
    /// Whether the first of `args` stands before the dot.
    pub(super) member: bool,
    pub(super) args: Vec<Type>,
    pub(super) result: Type,
}

/// All overloads by the function's name.
pub(super) static SIGNATURES: LazyLock<HashMap<&'static str, Vec<Overload>>> =
    LazyLock::new(|| {
        let mut all: HashMap<&'static str, Vec<Overload>> = HashMap::new();
        for line in TABLE.lines().filter(|l| !l.trim().is_empty()) {
            let mut words = line.split_whitespace();
            let (Some(name), Some(id), Some(signature)) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let overloads = all.entry(name).or_default();
            if id.contains('#') || signature.contains('#') {
                for (ty, suffix) in COMPARABLE {
                    overloads.push(overload(
                        &id.replace('#', suffix),
                        &signature.replace('#', ty),
                    ));
                }
            } else {
                overloads.push(overload(id, signature));
            }
        }
        for (name, id) in [
            ("_<_", "less"),
            ("_<=_", "less_equals"),
            ("_>_", "greater"),
            ("_>=_", "greater_equals"),
        ] {
            let overloads = all.entry(name).or_default();
            for (a, b, suffix) in ORDERED {
                overloads.push(overload(
                    &format!("{id}_{suffix}"),
                    &format!("{a},{b}->bool"),
                ));
            }
        }
        all
    });

/// The types that `sort`, `min` and the like take.
const COMPARABLE: [(&str, &str); 8] = [
    ("int", "int"),
    ("uint", "uint"),
    ("double", "double"),
    ("bool", "bool"),
    ("dur", "duration"),
    ("ts", "timestamp"),
    ("string", "string"),
    ("bytes", "bytes"),
];

/// What `<` and the like compare.
const ORDERED: [(&str, &str, &str); 14] = [
    ("bool", "bool", "bool"),
    ("int", "int", "int64"),
    ("int", "double", "int64_double"),
    ("int", "uint", "int64_uint64"),
    ("uint", "uint", "uint64"),
    ("uint", "double", "uint64_double"),
    ("uint", "int", "uint64_int64"),
    ("double", "double", "double"),
    ("double", "int", "double_int64"),
    ("double", "uint", "double_uint64"),
    ("string", "string", "string"),
    ("bytes", "bytes", "bytes"),
    ("ts", "ts", "timestamp"),
    ("dur", "dur", "duration"),
];

/// Function, overload, `receiver.arguments->result`; `#` stands for each comparable type.
const TABLE: &str = "
_?_:_ conditional bool,A,A->A
_&&_ logical_and bool,bool->bool
_||_ logical_or bool,bool->bool
!_ logical_not bool->bool
_==_ equals A,A->bool
_!=_ not_equals A,A->bool
_+_ add_bytes bytes,bytes->bytes
_+_ add_double double,double->double
_+_ add_duration_duration dur,dur->dur
_+_ add_duration_timestamp dur,ts->ts
_+_ add_timestamp_duration ts,dur->ts
_+_ add_int64 int,int->int
_+_ add_list list(A),list(A)->list(A)
_+_ add_string string,string->string
_+_ add_uint64 uint,uint->uint
_/_ divide_double double,double->double
_/_ divide_int64 int,int->int
_/_ divide_uint64 uint,uint->uint
_%_ modulo_int64 int,int->int
_%_ modulo_uint64 uint,uint->uint
_*_ multiply_double double,double->double
_*_ multiply_int64 int,int->int
_*_ multiply_uint64 uint,uint->uint
-_ negate_double double->double
-_ negate_int64 int->int
_-_ subtract_double double,double->double
_-_ subtract_duration_duration dur,dur->dur
_-_ subtract_int64 int,int->int
_-_ subtract_timestamp_duration ts,dur->ts
_-_ subtract_timestamp_timestamp ts,ts->dur
_-_ subtract_uint64 uint,uint->uint
_[_] index_list list(A),int->A
_[_] index_map map(A,B),A->B
_[_] optional_list_index_int opt(list(A)),int->opt(A)
_[_] optional_map_index_value opt(map(A,B)),A->opt(B)
_[?_] list_optindex_optional_int list(A),int->opt(A)
_[?_] optional_list_optindex_optional_int opt(list(A)),int->opt(A)
_[?_] map_optindex_optional_value map(A,B),A->opt(B)
_[?_] optional_map_optindex_optional_value opt(map(A,B)),A->opt(B)
@in in_list A,list(A)->bool
@in in_map A,map(A,B)->bool
size size_bytes bytes->int
size bytes_size bytes.->int
size size_list list(A)->int
size list_size list(A).->int
size size_map map(A,B)->int
size map_size map(A,B).->int
size size_string string->int
size string_size string.->int
type type A->type(A)
dyn to_dyn A->dyn
bool bool_to_bool bool->bool
bool string_to_bool string->bool
bytes bytes_to_bytes bytes->bytes
bytes string_to_bytes string->bytes
double double_to_double double->double
double int64_to_double int->double
double string_to_double string->double
double uint64_to_double uint->double
duration duration_to_duration dur->dur
duration string_to_duration string->dur
int int64_to_int64 int->int
int double_to_int64 double->int
int duration_to_int64 dur->int
int string_to_int64 string->int
int timestamp_to_int64 ts->int
int uint64_to_int64 uint->int
uint uint64_to_uint64 uint->uint
uint double_to_uint64 double->uint
uint int64_to_uint64 int->uint
uint string_to_uint64 string->uint
string string_to_string string->string
string bool_to_string bool->string
string bytes_to_string bytes->string
string double_to_string double->string
string duration_to_string dur->string
string int64_to_string int->string
string timestamp_to_string ts->string
string uint64_to_string uint->string
string ip_to_string IP->string
string cidr_to_string CIDR->string
timestamp timestamp_to_timestamp ts->ts
timestamp int64_to_timestamp int->ts
timestamp string_to_timestamp string->ts
contains contains_string string.string->bool
endsWith ends_with_string string.string->bool
startsWith starts_with_string string.string->bool
matches matches string,string->bool
matches matches_string string.string->bool
getFullYear timestamp_to_year ts.->int
getFullYear timestamp_to_year_with_tz ts.string->int
getMonth timestamp_to_month ts.->int
getMonth timestamp_to_month_with_tz ts.string->int
getDayOfYear timestamp_to_day_of_year ts.->int
getDayOfYear timestamp_to_day_of_year_with_tz ts.string->int
getDayOfMonth timestamp_to_day_of_month ts.->int
getDayOfMonth timestamp_to_day_of_month_with_tz ts.string->int
getDate timestamp_to_day_of_month_1_based ts.->int
getDate timestamp_to_day_of_month_1_based_with_tz ts.string->int
getDayOfWeek timestamp_to_day_of_week ts.->int
getDayOfWeek timestamp_to_day_of_week_with_tz ts.string->int
getHours timestamp_to_hours ts.->int
getHours timestamp_to_hours_with_tz ts.string->int
getHours duration_to_hours dur.->int
getMinutes timestamp_to_minutes ts.->int
getMinutes timestamp_to_minutes_with_tz ts.string->int
getMinutes duration_to_minutes dur.->int
getSeconds timestamp_to_seconds ts.->int
getSeconds timestamp_to_seconds_tz ts.string->int
getSeconds duration_to_seconds dur.->int
getMilliseconds timestamp_to_milliseconds ts.->int
getMilliseconds timestamp_to_milliseconds_with_tz ts.string->int
getMilliseconds duration_to_milliseconds dur.->int
optional.of optional_of A->opt(A)
optional.ofNonZeroValue optional_ofNonZeroValue A->opt(A)
optional.none optional_none ->opt(A)
optional.unwrap optional_unwrap list(opt(A))->list(A)
unwrapOpt optional_unwrapOpt list(opt(A)).->list(A)
value optional_value opt(A).->A
hasValue optional_hasValue opt(A).->bool
or optional_or_optional opt(A).opt(A)->opt(A)
orValue optional_orValue_value opt(A).A->A
first list_first list(A).->opt(A)
last list_last list(A).->opt(A)
charAt string_char_at_int string.int->string
indexOf string_index_of_string string.string->int
indexOf string_index_of_string_int string.string,int->int
lastIndexOf string_last_index_of_string string.string->int
lastIndexOf string_last_index_of_string_int string.string,int->int
lowerAscii string_lower_ascii string.->string
upperAscii string_upper_ascii string.->string
replace string_replace_string_string string.string,string->string
replace string_replace_string_string_int string.string,string,int->string
split string_split_string string.string->list(string)
split string_split_string_int string.string,int->list(string)
substring string_substring_int string.int->string
substring string_substring_int_int string.int,int->string
trim string_trim string.->string
join list_join list(string).->string
join list_join_string list(string).string->string
format string_format string.list(dyn)->string
strings.quote strings_quote string->string
isSorted list_#_is_sorted_bool list(#).->bool
min list_#_min_# list(#).->#
max list_#_max_# list(#).->#
sum list_int_sum_int list(int).->int
sum list_uint_sum_uint list(uint).->uint
sum list_double_sum_double list(double).->double
sum list_duration_sum_duration list(dur).->dur
indexOf list_a_index_of_int list(A).A->int
lastIndexOf list_a_last_index_of_int list(A).A->int
slice list_slice list(A).int,int->list(A)
flatten list_flatten list(list(A)).->list(A)
flatten list_flatten_int list(dyn).int->list(dyn)
sort list_#_sort list(#).->list(#)
@sortByAssociatedKeys list_#_sortByAssociatedKeys list(A).list(#)->list(A)
lists.range lists_range int->list(int)
reverse list_reverse list(A).->list(A)
distinct list_distinct list(A).->list(A)
find string_find_string string.string->string
findAll string_find_all_string string.string->list(string)
findAll string_find_all_string_int string.string,int->list(string)
url string_to_url string->URL
isURL is_url_string string->bool
getScheme url_get_scheme URL.->string
getHost url_get_host URL.->string
getHostname url_get_hostname URL.->string
getPort url_get_port URL.->string
getEscapedPath url_get_escaped_path URL.->string
getQuery url_get_query URL.->map(string,list(string))
ip string_to_ip string->IP
ip cidr_ip CIDR.->IP
isIP is_ip string->bool
ip.isCanonical ip_is_canonical string->bool
family family IP.->int
isUnspecified is_unspecified IP.->bool
isLoopback is_loopback IP.->bool
isLinkLocalMulticast is_link_local_multicast IP.->bool
isLinkLocalUnicast is_link_local_unicast IP.->bool
isGlobalUnicast is_global_unicast IP.->bool
cidr string_to_cidr string->CIDR
isCIDR is_cidr string->bool
containsIP cidr_contains_ip_string CIDR.string->bool
containsIP cidr_contains_ip_ip CIDR.IP->bool
containsCIDR cidr_contains_cidr_string CIDR.string->bool
containsCIDR cidr_contains_cidr CIDR.CIDR->bool
prefixLength cidr_prefix_length CIDR.->int
masked cidr_masked CIDR.->CIDR
quantity string_to_quantity string->Quantity
isQuantity is_quantity_string string->bool
sign quantity_sign Quantity->int
isGreaterThan quantity_is_greater_than Quantity.Quantity->bool
isLessThan quantity_is_less_than Quantity.Quantity->bool
compareTo quantity_compare_to Quantity.Quantity->int
asApproximateFloat quantity_get_float Quantity.->double
asInteger quantity_get_int Quantity.->int
isInteger quantity_is_integer Quantity.->bool
add quantity_add Quantity.Quantity->Quantity
add quantity_add_int Quantity.int->Quantity
sub quantity_sub Quantity.Quantity->Quantity
sub quantity_sub_int Quantity.int->Quantity
semver string_to_semver string->Semver
semver string_bool_to_semver string,bool->Semver
isSemver is_semver_string string->bool
isSemver is_semver_string_bool string,bool->bool
isGreaterThan semver_is_greater_than Semver.Semver->bool
isLessThan semver_is_less_than Semver.Semver->bool
compareTo semver_compare_to Semver.Semver->int
major semver_major Semver.->int
minor semver_minor Semver.->int
patch semver_patch Semver.->int
validate format-validate Format.string->opt(list(string))
format.named format-named string->opt(Format)
format.dns1123Label format-dns1123Label ->Format
format.dns1123Subdomain format-dns1123Subdomain ->Format
format.dns1035Label format-dns1035Label ->Format
format.qualifiedName format-qualifiedName ->Format
format.dns1123LabelPrefix format-dns1123LabelPrefix ->Format
format.dns1123SubdomainPrefix format-dns1123SubdomainPrefix ->Format
format.dns1035LabelPrefix format-dns1035LabelPrefix ->Format
format.labelValue format-labelValue ->Format
format.uri format-uri ->Format
format.uuid format-uuid ->Format
format.byte format-byte ->Format
format.date format-date ->Format
format.datetime format-datetime ->Format
sets.contains list_sets_contains_list list(A),list(A)->bool
sets.equivalent list_sets_equivalent_list list(A),list(A)->bool
sets.intersects list_sets_intersects_list list(A),list(A)->bool
";

fn overload(id: &str, signature: &str) -> Overload {
    let (left, result) = signature.split_once("->").unwrap_or((signature, "dyn"));
    let (member, args) = match left.split_once('.') {
        Some((receiver, rest)) => {
            let mut args = vec![ty(receiver)];
            args.extend(split(rest).into_iter().map(ty));
            (true, args)
        }
        None => (false, split(left).into_iter().map(ty).collect()),
    };
    Overload {
        id: id.to_owned(),
        member,
        args,
        result: ty(result),
    }
}

/// Splits at the commas outside of brackets.
fn split(list: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < list.len() {
        parts.push(&list[start..]);
    }
    parts
}

fn ty(text: &str) -> Type {
    if let Some((outer, inner)) = text.strip_suffix(')').and_then(|t| t.split_once('(')) {
        let inner: Vec<Type> = split(inner).into_iter().map(ty).collect();
        return match (outer, inner.as_slice()) {
            ("list", [item]) => Type::list(item.clone()),
            ("opt", [value]) => Type::optional(value.clone()),
            ("map", [key, value]) => Type::map(key.clone(), value.clone()),
            ("type", [of]) => Type::Meta(of.clone().into()),
            _ => Type::Dyn,
        };
    }
    match text {
        "A" => Type::Var(0),
        "B" => Type::Var(1),
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "ts" => Type::Timestamp,
        "dur" => Type::Duration,
        "URL" => Type::Opaque("kubernetes.URL"),
        "IP" => Type::Opaque("net.IP"),
        "CIDR" => Type::Opaque("net.CIDR"),
        "Quantity" => Type::Opaque("kubernetes.Quantity"),
        "Semver" => Type::Opaque("kubernetes.Semver"),
        "Format" => Type::Opaque("kubernetes.NamedFormat"),
        _ => Type::Dyn,
    }
}
