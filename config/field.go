package config

// field is a setting, and where it was said.
type field[T any] struct {
	d     *decoder // Of the file where it stands; nil if it was not said.
	n     *node
	ok    bool // It was said and is right.
	value T
}

func (f *field[T]) said() bool { return f.d != nil }

// fail reports that the setting is wrong where it stands.
func (f *field[T]) fail(hint, format string, args ...any) {
	f.d.fail(f.n, hint, format, args...)
}

// or inherits a setting that was not said.
func (f *field[T]) or(from *field[T]) {
	if f.d == nil {
		*f = *from
	}
}

func bad[T any](d *decoder, n *node) field[T] { return field[T]{d: d, n: n} }

func good[T any](d *decoder, n *node, value T) field[T] {
	return field[T]{d: d, n: n, ok: true, value: value}
}
