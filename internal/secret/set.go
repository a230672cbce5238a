package secret

import (
	"slices"
	"sync"
)

// Set holds the secrets that are in use, for whoever prints what a server says. Its zero value is empty. Goroutines may share it.
type Set struct {
	mu    sync.Mutex
	texts []string // The one that was added last at the end.
}

// maxSet is how many secrets a set has at most: of those that rotate, the oldest are forgotten.
const maxSet = 1000

// Add adds secrets. Empty ones are none.
func (s *Set) Add(texts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range texts {
		if text == "" {
			continue
		}
		s.texts = append(slices.DeleteFunc(s.texts, func(old string) bool { return old == text }), text)
	}
	s.texts = s.texts[max(0, len(s.texts)-maxSet):]
}

// Redact returns text without the secrets; see the function of that name.
func (s *Set) Redact(text string) (clean string, isWithheld bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Redact(text, s.texts...)
}

// Say returns the beginning of what a server says, without the secrets: what would exceed a number of characters is cut off after they are
// gone, for the beginning of one shows much of it.
func (s *Set) Say(text string, most int) string {
	clean, _ := s.Redact(text)
	if letters := []rune(clean); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return clean
}
