package keys

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
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
	at := d.Path(path.Value)
	WarnOfExposed(d, n, at, what)
	return at
}

// WarnOfExposed warns, at a node, of a file with a secret that everybody may read. It is that of a key, or of a parameter of a URL.
func WarnOfExposed(d *document.File, n *document.Node, path, what string) {
	if secret.IsExposed(path) {
		p := Exposed(d.Position(n), what)
		d.Warn(p.Check, n, p.Hint, "%s", p.Message)
	}
}

// Exposed is the warning of a file with a secret that everybody may read.
func Exposed(at document.Position, what string) document.Problem {
	return document.Problem{
		Position: at, Message: "everybody on this machine may read the file of " + what, Hint: "chmod 600, for the user that runs the exporter",
		Warning: true, Check: "exposed_secret",
	}
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
