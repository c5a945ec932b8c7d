//! [`Set`]: a set of fields, as a tree of path elements; nothing in it is empty, everything is sorted.

use std::cmp::Ordering;

use super::path::Element;

/// A set of fields. A field can be in it without its children and the other way round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set<'a> {
    nodes: Vec<Node<'a>>,
}

/// What a [`Set`] has at and below one element: at least one of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node<'a> {
    /// The element.
    pub(super) element: Element<'a>,
    /// Whether the field itself is in the set.
    pub(super) member: bool,
    /// What is in the set below it.
    pub(super) children: Set<'a>,
}

impl<'a> Set<'a> {
    /// A set of paths of field names.
    pub(super) fn of_fields(paths: &[&[&'a str]]) -> Self {
        let mut set = Self::default();
        for path in paths {
            let path: Vec<Element<'a>> = path.iter().copied().map(Element::Field).collect();
            set.insert(&path);
        }
        set
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(super) fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }

    pub(super) fn nodes_mut(&mut self) -> impl Iterator<Item = &mut Node<'a>> {
        self.nodes.iter_mut()
    }

    /// Adds what there is at `element`, which has to come after all others; nothing is added if there is nothing.
    pub(super) fn push(&mut self, element: Element<'a>, member: bool, children: Self) {
        debug_assert!(self.nodes.last().is_none_or(|last| last.element < element));
        if member || !children.is_empty() {
            self.nodes.push(Node {
                element,
                member,
                children,
            });
        }
    }

    /// Adds what there is at `element`, wherever its place is.
    pub(super) fn add(&mut self, element: Element<'a>, member: bool, children: Self) {
        if self.nodes.last().is_none_or(|last| last.element < element) {
            self.push(element, member, children);
        } else if member || !children.is_empty() {
            match self.find(&element) {
                Ok(at) => {
                    let node = &mut self.nodes[at];
                    node.member |= member;
                    node.children = std::mem::take(&mut node.children).union(children);
                }
                Err(at) => {
                    let node = Node {
                        element,
                        member,
                        children,
                    };
                    self.nodes.insert(at, node);
                }
            }
        }
    }

    /// Adds a field; the whole object (an empty path) is in no set.
    pub(super) fn insert(&mut self, path: &[Element<'a>]) {
        match path {
            [] => {}
            [last] => self.add(last.clone(), true, Self::default()),
            [first, rest @ ..] => {
                let mut children = Self::default();
                children.insert(rest);
                self.add(first.clone(), false, children);
            }
        }
    }

    /// What there is at an element.
    pub(super) fn get(&self, element: &Element<'_>) -> Option<&Node<'a>> {
        self.find(element).ok().map(|at| &self.nodes[at])
    }

    /// Whether a field is in the set.
    pub(super) fn has(&self, path: &[Element<'_>]) -> bool {
        match path {
            [] => false,
            [last] => self.get(last).is_some_and(|node| node.member),
            [first, rest @ ..] => self.get(first).is_some_and(|node| node.children.has(rest)),
        }
    }

    /// The fields that are in one of both.
    #[must_use]
    pub(super) fn union(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let mut nodes = Vec::with_capacity(self.nodes.len().max(other.nodes.len()));
        let mut others = other.nodes.into_iter().peekable();
        for mut node in self.nodes {
            while let Some(before) = others.next_if(|other| other.element < node.element) {
                nodes.push(before);
            }
            if let Some(same) = others.next_if(|other| other.element == node.element) {
                node.member |= same.member;
                node.children = node.children.union(same.children);
            }
            nodes.push(node);
        }
        nodes.extend(others);
        Self { nodes }
    }

    /// The fields that are in both.
    #[must_use]
    pub(super) fn intersection(&self, other: &Set<'_>) -> Self {
        let mut set = Self::default();
        self.with_matches(other, |node, same| {
            if let Some(same) = same {
                let children = node.children.intersection(&same.children);
                set.push(node.element.clone(), node.member && same.member, children);
            }
        });
        set
    }

    /// The fields that are not in the other; their children are looked at by themselves.
    #[must_use]
    pub(super) fn difference(self, other: &Set<'_>) -> Self {
        self.without(other, |node, same| {
            node.member &= !same.member;
            node.children = std::mem::take(&mut node.children).difference(&same.children);
        })
    }

    /// The fields that are neither in the other nor below one that is.
    #[must_use]
    pub(super) fn difference_with_children(self, other: &Set<'_>) -> Self {
        self.without(other, |node, same| {
            let children = std::mem::take(&mut node.children);
            if same.member {
                node.member = false;
            } else {
                node.children = children.difference_with_children(&same.children);
            }
        })
    }

    /// Calls back for every field, those of one level before what is below them.
    pub(super) fn for_each(&self, f: &mut dyn FnMut(&[&Element<'a>])) {
        self.for_each_below(&mut Vec::new(), f);
    }

    fn for_each_below<'s>(
        &'s self,
        path: &mut Vec<&'s Element<'a>>,
        f: &mut dyn FnMut(&[&Element<'a>]),
    ) {
        for node in self.nodes.iter().filter(|node| node.member) {
            path.push(&node.element);
            f(path);
            path.pop();
        }
        for node in &self.nodes {
            path.push(&node.element);
            node.children.for_each_below(path, f);
            path.pop();
        }
    }

    /// Changes the nodes that the other has, too, and drops those that are empty then.
    fn without(mut self, other: &Set<'_>, change: impl Fn(&mut Node<'a>, &Node<'_>)) -> Self {
        if other.is_empty() {
            return self;
        }
        let mut others = other.nodes.iter().peekable();
        self.nodes.retain_mut(|node| {
            let same = advance(&mut others, &node.element);
            if let Some(same) = same {
                change(node, same);
            }
            node.member || !node.children.is_empty()
        });
        self
    }

    fn with_matches<'s>(
        &'s self,
        other: &'s Set<'_>,
        mut f: impl FnMut(&Node<'a>, Option<&Node<'_>>),
    ) {
        let mut others = other.nodes.iter().peekable();
        for node in &self.nodes {
            let same = advance(&mut others, &node.element);
            f(node, same);
        }
    }

    fn find(&self, element: &Element<'_>) -> Result<usize, usize> {
        self.nodes
            .binary_search_by(|node| node.element.cmp(element))
    }
}

/// Skips what comes before `element`; what stands there then, if it is the same.
fn advance<'s, 'b: 's>(
    others: &mut std::iter::Peekable<std::slice::Iter<'s, Node<'b>>>,
    element: &Element<'_>,
) -> Option<&'s Node<'b>> {
    loop {
        match others.peek()?.element.cmp(element) {
            Ordering::Less => others.next(),
            Ordering::Equal => return others.next(),
            Ordering::Greater => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arbitrary() -> impl Strategy<Value = Set<'static>> {
        let name = prop::sample::select(vec!["a", "b", "c"]);
        let path = prop::collection::vec(name, 1..4);
        prop::collection::vec(path, 0..8).prop_map(|paths| {
            let paths: Vec<&[&'static str]> = paths.iter().map(Vec::as_slice).collect();
            Set::of_fields(&paths)
        })
    }

    fn texts(set: &Set<'_>) -> Vec<String> {
        let mut texts = Vec::new();
        set.for_each(&mut |path| texts.push(path.iter().map(ToString::to_string).collect()));
        texts
    }

    fn tidy(set: &Set<'_>) -> bool {
        set.nodes
            .windows(2)
            .all(|pair| pair[0].element < pair[1].element)
            && set
                .nodes
                .iter()
                .all(|node| (node.member || !node.children.is_empty()) && tidy(&node.children))
    }

    proptest! {
        #[test]
        fn the_operations_are_those_of_sets(a in arbitrary(), b in arbitrary()) {
            let (in_a, in_b) = (texts(&a), texts(&b));
            for set in [
                a.clone().union(b.clone()),
                a.intersection(&b),
                a.clone().difference(&b),
                a.clone().difference_with_children(&b),
            ] {
                prop_assert!(tidy(&set));
            }
            let union = texts(&a.clone().union(b.clone()));
            prop_assert!(union.iter().all(|path| in_a.contains(path) || in_b.contains(path)));
            prop_assert!(in_a.iter().chain(&in_b).all(|path| union.contains(path)));
            let both: Vec<_> = in_a.iter().filter(|path| in_b.contains(path)).cloned().collect();
            prop_assert_eq!(texts(&a.intersection(&b)), both);
            let only_a: Vec<_> = in_a.iter().filter(|path| !in_b.contains(path)).cloned().collect();
            prop_assert_eq!(texts(&a.clone().difference(&b)), only_a);
            let covered = |path: &String| in_b.iter().any(|b| path == b || path.starts_with(&format!("{b}.")));
            let uncovered: Vec<_> = in_a.iter().filter(|path| !covered(path)).cloned().collect();
            prop_assert_eq!(texts(&a.difference_with_children(&b)), uncovered);
        }

        #[test]
        fn union_is_commutative_and_associative(a in arbitrary(), b in arbitrary(), c in arbitrary()) {
            let ab = a.clone().union(b.clone());
            prop_assert_eq!(&ab, &b.clone().union(a.clone()));
            prop_assert_eq!(ab.union(c.clone()), a.union(b.union(c)));
        }
    }

    #[test]
    fn a_parent_without_its_child_is_the_parent_and_a_child_without_its_parent_stays() {
        let both = Set::of_fields(&[&["a"], &["a", "b"]]);
        let parent = Set::of_fields(&[&["a"]]);
        let child = Set::of_fields(&[&["a", "b"]]);
        assert_eq!(both.clone().difference(&child), parent);
        assert_eq!(both.clone().difference(&parent), child);
        assert_eq!(both.difference_with_children(&parent), Set::default());
    }

    #[test]
    fn a_path_that_goes_on_below_a_member_is_no_member() {
        let set = Set::of_fields(&[&["a", "b"]]);
        assert!(set.has(&[Element::Field("a"), Element::Field("b")]));
        assert!(!set.has(&[Element::Field("a")]));
        assert!(!set.has(&[]));
    }

    #[test]
    fn fields_of_one_level_come_before_what_is_below_them() {
        let set = Set::of_fields(&[&["b", "x"], &["c"], &["a"]]);
        assert_eq!(texts(&set), [".a", ".c", ".b.x"]);
    }
}
