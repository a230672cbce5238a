package recipients

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// Owner is who answers for a KPI, and how they are reached.
type Owner struct {
	Name  string
	Slack string // A channel, with its #.
	Email string // One address, or several with commas between them.
}

// ownerReader reads an owner.
type ownerReader struct {
	*document.File
	*Owner
}

func ownerKeys() []keys.Into[ownerReader] {
	return []keys.Into[ownerReader]{
		keys.To("slack", "owner", schema.Pattern("^[#@]", "text"), "channel, with its `#`, or a person, with their `@` (for reports their member ID: `@U0123ABCD`)", func(r ownerReader, k, v *document.Node) {
			text := r.Text(v, k.Value)
			switch channel, is := strings.CutPrefix(text.Value, "#"); {
			case !text.OK || strings.HasPrefix(text.Value, "@"):
			case !is:
				text.Fail(`write slack: "#`+text.Value+`"`, "a slack channel begins with #")
			case !isChannel(channel):
				text.Fail("copy the name from Slack", "%s is not the name of a slack channel: one has at most %d small letters, digits, - and _", document.Quote(text.Value), maxChannel)
			}
			r.Slack = text.Value
		}),
		keys.To("email", "owner", schema.Pattern(".@.", "text"), "mail address, or several with commas between them", func(r ownerReader, k, v *document.Node) {
			text := r.Text(v, k.Value)
			if _, err := mail.ParseAddressList(text.Value); text.OK && err != nil {
				text.Fail("", "%s is not an email address", document.Quote(text.Value))
			}
			r.Email = text.Value
		}),
	}
}

const maxChannel = 80 // Letters.

// isChannel reports whether Slack can have a channel of a name, which may be in any script.
func isChannel(name string) bool {
	wrong := func(r rune) bool {
		return unicode.IsUpper(r) || r != '-' && r != '_' && !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Number)
	}
	return name != "" && utf8.RuneCountInString(name) <= maxChannel && !strings.ContainsFunc(name, wrong)
}

// ReadOwner reads an owner.
func ReadOwner(d *document.File, k, v *document.Node) *Owner {
	o := &Owner{Name: k.Value}
	keys.Read(d, v, "an owner", ownerKeys(), ownerReader{d, o}, nil)
	return o
}
