package report

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// The limits of a message in Slack: blocks, characters of a section and of a header, and characters of all blocks together.
const (
	maxSlackBlocks  = 50
	maxSlackSection = 3000
	maxSlackHeader  = 150
	maxSlackMessage = 13_000
)

// SlackMessage is a report as a message for Slack's chat.postMessage, without the channel.
type SlackMessage struct {
	Text   string       `json:"text"` // For notifications, and for those who read no blocks.
	Blocks []SlackBlock `json:"blocks"`
}

// SlackBlock is a part of a message.
type SlackBlock struct {
	Type     string      `json:"type"` // header, section or context.
	Text     *SlackText  `json:"text,omitempty"`
	Elements []SlackText `json:"elements,omitempty"` // For a context.
}

// SlackText is a text in a block. What a KPI file or a database says is escaped in it: it mentions nobody, and links nowhere.
type SlackText struct {
	Type     string `json:"type"` // plain_text or mrkdwn.
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji,omitempty"`    // In a plain_text: whether names of pictures become them.
	Verbatim bool   `json:"verbatim,omitempty"` // In a mrkdwn: names of channels and people stay text.
}

// slackSections are the parts of a report that a message has.
var slackSections = map[string]bool{"changed": true, "off": true, "pace": true, "unusual": true}

// Slack returns the headline of the report, what changed, misses its target, falls behind or is unusual, and a link. It is as long
// as Slack takes it.
func (r *Report) Slack() SlackMessage {
	to := room{wide, 0, maxNames}
	whole := r.shortened(r.whole())
	for {
		short := whole.shortened(to)
		m := short.slack()
		if m.fits() || to.letters == 1 {
			return m
		}
		to.letters /= 2
	}
}

func (r *Report) slack() SlackMessage {
	product := cmp.Or(r.Product, "KPIs")
	m := SlackMessage{Text: mrkdwn(product + ": " + r.Headline + ".")}
	m.Blocks = append(m.Blocks,
		SlackBlock{Type: "header", Text: &SlackText{Type: "plain_text", Text: clip(product, maxSlackHeader), Emoji: new(bool)}},
		slackContext("As of "+r.AsOf.Format("2 January 2006, 15:04 MST")+", compared with a "+r.Unit.String()+" earlier"),
		slackSection("*"+countsText(r.Counts)+"*\n"+mrkdwn(Capital(r.News))+"."),
	)
	for _, s := range r.sections() {
		if !slackSections[s.ID] {
			continue
		}
		if s.empty() {
			m.Blocks = append(m.Blocks, slackSection("*"+s.Title+"*\n"+s.Nothing))
			continue
		}
		m.Blocks = append(m.Blocks, slackSection("*"+s.Title+"*"))
		for i := range s.Entries {
			m.Blocks = append(m.Blocks, slackEntry(&s.Entries[i]))
		}
		if len(s.More) > 0 {
			m.Blocks = append(m.Blocks, slackContext(mrkdwn(s.moreText())))
		}
	}
	if r.Link != "" {
		m.Blocks = append(m.Blocks, slackSection(slackLink(r.Link, "All KPIs")))
	}
	return m
}

func slackEntry(e *Entry) SlackBlock {
	heading, sentence := e.subject()
	heading = mrkdwn(heading)
	if e.Link != "" {
		heading = slackLink(e.Link, heading)
	}
	text := Shape(e.Status) + " *" + heading + "*"
	if words := e.statusBeside(sentence); words != "" {
		text += " · " + words
	}
	text += "\n" + mrkdwn(sentence)
	if note := e.note(); note != "" {
		text += "\n" + mrkdwn(note)
	}
	return slackSection(text)
}

func slackSection(text string) SlackBlock {
	return SlackBlock{Type: "section", Text: &SlackText{Type: "mrkdwn", Text: text, Verbatim: true}}
}

func slackContext(text string) SlackBlock {
	return SlackBlock{Type: "context", Elements: []SlackText{{Type: "mrkdwn", Text: text, Verbatim: true}}}
}

// slackLink links a text, which is escaped already, to an address of the KPI file.
func slackLink(address, text string) string {
	return "<" + strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C", " ", "%20").Replace(address) + "|" + strings.ReplaceAll(text, "|", "¦") + ">"
}

// fits reports whether Slack takes the message.
func (m *SlackMessage) fits() bool {
	for i := range m.Blocks {
		if t := m.Blocks[i].Text; t != nil && slackLength(t.Text) > maxSlackSection {
			return false
		}
		for _, t := range m.Blocks[i].Elements {
			if slackLength(t.Text) > maxSlackSection {
				return false
			}
		}
	}
	all, err := json.Marshal(m.Blocks)
	return err == nil && len(m.Blocks) <= maxSlackBlocks && slackLength(string(all)) <= maxSlackMessage
}

// slackLength counts characters in the way that gives the most of them.
func slackLength(text string) int { return len(utf16.Encode([]rune(text))) }

// mrkdwn returns text that Slack's mrkdwn shows as it is. It has no escapes but those of &, < and >, without which nothing mentions
// anybody or links; in place of its other marks stand letters that look alike.
func mrkdwn(text string) string {
	text = slackEmoji.ReplaceAllStringFunc(text, func(name string) string { return "∶" + name[1:] })
	letters := []rune(text)
	isPart := func(i int) bool {
		return i >= 0 && i < len(letters) && (unicode.IsLetter(letters[i]) || unicode.IsDigit(letters[i]))
	}
	var b strings.Builder
	for i, r := range letters {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '*':
			b.WriteRune('∗')
		case r == '~':
			b.WriteRune('∼')
		case r == '`':
			b.WriteRune('ˋ')
		case r == '_' && !(isPart(i-1) && isPart(i+1)): // Within a word it is not a mark.
			b.WriteRune('ˍ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// slackEmoji matches what Slack replaces by a picture.
var slackEmoji = regexp.MustCompile(`:[a-z+-][a-z0-9_+'-]*:`)
