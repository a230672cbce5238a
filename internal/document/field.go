package document

// Field is a setting, and where it was said.
type Field[T any] struct {
	File  *File // The file it is in; nil if it is not set.
	Node  *Node
	OK    bool // It was said and is right.
	Value T
}

// Said reports whether the file says the setting, right or wrong.
func (f *Field[T]) Said() bool { return f.File != nil }

// Fail reports that the setting is wrong where it stands.
func (f *Field[T]) Fail(hint, format string, args ...any) {
	f.File.Fail(f.Node, hint, format, args...)
}

// Inherit takes the setting from above if it was not said.
func (f *Field[T]) Inherit(from *Field[T]) {
	if f.File == nil {
		*f = *from
	}
}

// Bad returns a setting that is said and wrong.
func Bad[T any](d *File, n *Node) Field[T] { return Field[T]{File: d, Node: n} }

// Good returns a setting that is said and right.
func Good[T any](d *File, n *Node, value T) Field[T] {
	return Field[T]{File: d, Node: n, OK: true, Value: value}
}
