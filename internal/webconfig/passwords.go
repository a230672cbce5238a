package webconfig

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"net/netip"
	"sync"

	"golang.org/x/crypto/bcrypt"
)

// Comparing a password with its hash takes a processor for a twentieth of a second or longer, so it is done for one request at a time. Those
// that wait are so few that whoever comes next is served within a scrape's timeout.
const (
	maxUnchecked       = 64 // Requests whose password is compared, or waits for that,
	maxUncheckedOfPeer = 4  // and those of them from one address: others find a place beside them.
)

// passwords checks passwords. One that was right is known from then on: requests with it wait for nothing.
type passwords struct {
	salt [sha256.Size]byte // Without it, what is kept here tells nobody a password.
	turn chan struct{}     // Holds a value while a password is compared with a hash.

	mu        sync.Mutex
	right     map[string][]byte    // By user: the digest of what was right last.
	unchecked map[netip.Prefix]int // By address.
	all       int                  // The sum of unchecked.
}

// verdict is about the password of a request.
type verdict int

const (
	right verdict = iota
	wrong
	unchecked // There was no room for it.
)

func newPasswords() *passwords {
	p := &passwords{turn: make(chan struct{}, 1), right: map[string][]byte{}, unchecked: map[netip.Prefix]int{}}
	_, _ = rand.Read(p.salt[:]) // It never fails.
	return p
}

// check compares the password of a request with that of its user. One of a user that there is not takes as long as another.
func (p *passwords) check(r *http.Request, v *version) verdict {
	if len(v.users) == 0 {
		return right
	}
	user, password, given := r.BasicAuth()
	if !given {
		return wrong
	}
	hash, known := v.users[user]
	if !known {
		hash = v.slowest
	}
	digest := p.digest(user, password, hash)
	if known && p.wasRight(user, digest) {
		return right
	}
	peer := peerOf(r.RemoteAddr)
	if !p.enter(peer) {
		return unchecked
	}
	defer p.leave(peer)
	select {
	case p.turn <- struct{}{}:
	case <-r.Context().Done():
		return unchecked
	}
	defer func() { <-p.turn }()
	if known && p.wasRight(user, digest) { // A request before it had the same.
		return right
	}
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) != nil || !known {
		return wrong
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.right[user] = digest
	return right
}

// digest stands for a user, a password and the hash that is in the file. Where the file changes, what was right no longer is.
func (p *passwords) digest(parts ...string) []byte {
	h := hmac.New(sha256.New, p.salt[:])
	for _, part := range parts {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		_, _ = h.Write([]byte(part))
	}
	return h.Sum(nil)
}

func (p *passwords) wasRight(user string, digest []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return hmac.Equal(p.right[user], digest)
}

// enter finds a place for a request, unless there is none for one from its address.
func (p *passwords) enter(peer netip.Prefix) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= maxUnchecked || p.unchecked[peer] >= maxUncheckedOfPeer {
		return false
	}
	p.all++
	p.unchecked[peer]++
	return true
}

func (p *passwords) leave(peer netip.Prefix) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.unchecked[peer]--; p.unchecked[peer] == 0 {
		delete(p.unchecked, peer)
	}
}

// peerOf returns the address from which a request came, of IPv6 the network, in which one machine may have all addresses. Those that are no
// IP addresses, such as of a socket, count as one.
func peerOf(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	address, bits := at.Addr().Unmap().WithZone(""), 64
	if address.Is4() {
		bits = 32
	}
	network, _ := address.Prefix(bits) // It has so many bits.
	return network
}
