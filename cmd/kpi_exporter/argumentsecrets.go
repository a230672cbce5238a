package main

import (
	"io"
	"net/url"
	"regexp"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// urlPassword matches a user and a password in a URL. A password that is not escaped may hold an @ and a slash.
var urlPassword = regexp.MustCompile(`://[^/?#\s:@]*:(\S+)@`)

// passwordsIn returns the passwords of URLs among the arguments of the command line, as they are written and as they are meant.
func passwordsIn(args []string) (passwords []string) {
	for _, arg := range args {
		if match := urlPassword.FindStringSubmatch(arg); match != nil {
			passwords = append(passwords, match[1])
			if meant, err := url.PathUnescape(match[1]); err == nil {
				passwords = append(passwords, meant)
			}
		}
	}
	return slices.Compact(passwords)
}

// withoutPasswords returns a writer that leaves out the passwords of the command line: a URL may be pasted where a path is wanted, and
// every message about it would show it. Each Write is a whole message.
func withoutPasswords(to io.Writer, args []string) io.Writer {
	passwords := passwordsIn(args)
	if len(passwords) == 0 {
		return to
	}
	return passwordless{to, passwords}
}

type passwordless struct {
	to        io.Writer
	passwords []string
}

func (w passwordless) Write(text []byte) (int, error) {
	clean, withheld := secret.Redact(string(text), w.passwords...)
	if withheld {
		clean += "\n"
	}
	if _, err := io.WriteString(w.to, clean); err != nil {
		return 0, err
	}
	return len(text), nil
}
