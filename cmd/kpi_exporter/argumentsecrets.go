package main

import (
	"io"
	"net/url"
	"regexp"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// argumentPasswords match passwords in URLs and connection strings: behind the user, up to the last @ or to the first; as a parameter; as a
// key; and in the form of MySQL's drivers.
func argumentPasswords() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`://[^/?#:]*:(.+)@`),
		regexp.MustCompile(`://[^/?#:]*:(.+?)@`),
		regexp.MustCompile(`(?i)[?&](?:ssl)?(?:password|passwd|pwd|token|secret)=([^&]+)`),
		regexp.MustCompile(`(?i)[?&](?:ssl)?(?:password|passwd|pwd|token|secret)=([^&/]+)`), // What follows may be the rest of a path.
		regexp.MustCompile(`(?i)(?:^|[\s=])(?:ssl)?password\s*=\s*('[^']+'|\S+)`),
		regexp.MustCompile(`^[^:/@]*:(.+)@[a-z]*\(`),
	}
}

// passwordsIn returns the passwords in the arguments of the command line, as they are written and as they are meant.
func passwordsIn(args []string) (passwords []string) {
	forms := argumentPasswords()
	for _, arg := range args {
		for _, form := range forms {
			match := form.FindStringSubmatch(arg)
			if match == nil {
				continue
			}
			written := strings.Trim(match[1], "'")
			passwords = append(passwords, written)
			if meant, err := url.PathUnescape(written); err == nil && meant != written {
				passwords = append(passwords, meant)
			}
		}
	}
	return passwords
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
