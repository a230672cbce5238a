package webconfig

import (
	"net/http"
	"sync"

	"golang.org/x/crypto/bcrypt"
)

// passwords checks passwords, one at a time.
type passwords struct{ mu sync.Mutex }

func newPasswords() *passwords { return &passwords{} }

// check compares the password of a request with that of its user. One of a user that there is not takes as long as another.
func (p *passwords) check(r *http.Request, v *version) bool {
	if len(v.users) == 0 {
		return true
	}
	user, password, given := r.BasicAuth()
	if !given {
		return false
	}
	hash, known := v.users[user]
	if !known {
		hash = v.slowest
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil && known
}
