//! Leaves of XML documents.

use roxmltree::{Document, Node};

/// The texts of all elements of this name, wherever they stand; none where it is no XML.
pub fn texts(xml: &str, name: &str) -> Vec<String> {
    let Ok(document) = Document::parse(xml) else { return Vec::new() };
    let elements = document.descendants().filter(|node| node.tag_name().name() == name);
    elements.filter_map(|node| node.text().map(str::to_owned)).collect()
}

/// The text of the first child of this name.
pub fn child_text<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children().find(|child| child.tag_name().name() == name)?.text()
}

/// A text made fit to stand in XML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
