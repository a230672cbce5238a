package document

// Field is a setting, and where it was set.
type Field[T any] struct {
	File  *File // The file it is in; nil if it is not set.
	Node  *Node
	OK    bool // It is set and valid.
	Value T
}

// Said reports whether the file says the setting, right or wrong.
func (f Field[T]) Said() bool { return f.File != nil }

// Fail reports that the setting is wrong where it stands.
func (f Field[T]) Fail(hint, format string, args ...any) {
	f.File.Fail(f.Node, hint, format, args...)
}

// Bad returns a setting that is said and wrong.
func Bad[T any](d *File, n *Node) Field[T] { return Field[T]{File: d, Node: n} }

// Good returns a setting that is set and valid.
func Good[T any](d *File, n *Node, value T) Field[T] {
	return Field[T]{File: d, Node: n, OK: true, Value: value}
}
