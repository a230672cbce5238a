package keys

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// SecretPath reads the path of a file that holds a secret, "" if something is wrong with it.
func SecretPath(d *document.File, n *document.Node, what string) string {
	if !IsPlain(d, n, what) {
		return ""
	}
	path := d.SecretPath(n, what)
	if !path.OK {
		return ""
	}
	return d.Path(path.Value)
}

// IsPlain reports whether a value holds no ${NAME}, which is an error where the environment is not read.
func IsPlain(d *document.File, n *document.Node, what string) bool {
	n = document.Resolve(n)
	if n.Kind == document.ScalarNode && strings.Contains(n.Value, "${") {
		d.Fail(n, "write the value itself", "only url and token take ${…} from the environment, not %s", what)
		return false
	}
	return true
}
