package awssim

import (
	"crypto/subtle"
	"fmt"
	"maps"
	"slices"
	"sync"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// The key pair of the default account. AWS's documentation uses it in examples;
// it opens nothing.
const (
	DefaultAccessKeyID     = "AKIAIOSFODNN7EXAMPLE"
	DefaultSecretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// simpleAccessKeyID selects the first account too, as in other local
// simulators.
const simpleAccessKeyID = "test"

// Account is one account of the simulated cloud.
type Account struct {
	// AccessKeyID selects the account. It defaults to DefaultAccessKeyID for the
	// first account, which answers to "test" too. A later account without a key
	// can only be reached through a role.
	AccessKeyID string
	// Fleet is the content of the account, with its id, partition and enabled
	// regions; a default fleet if nil.
	Fleet *fleet.Fleet
	// Roles are the roles that can be assumed, by name.
	Roles map[string]Role
	// UserARN is the identity behind the key. The default is a user of the
	// account.
	UserARN string
	// DisabledRegions exist but are not opted into.
	DisabledRegions []string
	// SessionToken, if set, must come with every request.
	SessionToken string
}

// Role is the condition for assuming a role.
type Role struct {
	// ExternalID, if set, must be given.
	ExternalID string
}

// principal is the caller of a request.
type principal struct {
	account *Account
	arn     string
	userID  string
	token   string // the session token to be shown, "" for any
}

func (p principal) accountID() string { return p.account.Fleet.AccountID() }

// directory holds the accounts, their keys and the sessions handed out.
type directory struct {
	accounts []*Account
	byKey    map[string]principal

	mu       sync.Mutex
	sessions map[string]principal
}

func newDirectory(accounts []Account) *directory {
	if len(accounts) == 0 {
		accounts = []Account{{}}
	}
	d := &directory{byKey: make(map[string]principal), sessions: make(map[string]principal)}
	for i := range accounts {
		a := accounts[i]
		a.Roles = maps.Clone(a.Roles)
		a.DisabledRegions = slices.Clone(a.DisabledRegions)
		if a.Fleet == nil {
			a.Fleet = fleet.New(fleet.Options{})
		}
		if a.AccessKeyID == "" && i == 0 {
			a.AccessKeyID = DefaultAccessKeyID
		}
		if a.UserARN == "" {
			a.UserARN = fmt.Sprintf("arn:%s:iam::%s:user/simulated", a.Fleet.Partition(), a.Fleet.AccountID())
		}
		d.accounts = append(d.accounts, &a)
		if a.AccessKeyID == "" {
			continue
		}
		p := principal{account: &a, arn: a.UserARN, userID: identifier("AIDA", a.UserARN), token: a.SessionToken}
		if _, taken := d.byKey[a.AccessKeyID]; !taken {
			d.byKey[a.AccessKeyID] = p
		}
		if _, taken := d.byKey[simpleAccessKeyID]; !taken && i == 0 {
			d.byKey[simpleAccessKeyID] = p
		}
	}
	return d
}

// lookup returns the principal of a credential, or false for an unknown key or
// a session token that does not belong to it.
func (d *directory) lookup(c credential) (principal, bool) {
	p, ok := d.byKey[c.accessKeyID]
	if !ok {
		d.mu.Lock()
		p, ok = d.sessions[c.accessKeyID]
		d.mu.Unlock()
	}
	if !ok || p.token != "" && subtle.ConstantTimeCompare([]byte(p.token), []byte(c.sessionToken)) != 1 {
		return principal{}, false
	}
	return p, true
}

// account returns an account by its id, or nil.
func (d *directory) account(id string) *Account {
	for _, a := range d.accounts {
		if a.Fleet.AccountID() == id {
			return a
		}
	}
	return nil
}

// session is a set of temporary credentials.
type session struct {
	accessKeyID, secretAccessKey, token string
	arn, userID                         string
}

// open hands out the credentials of a role session. The same role and session
// name always get the same credentials, so that clients that renew them do not
// make the directory grow.
func (d *directory) open(a *Account, role, name string) session {
	arn := fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", a.Fleet.Partition(), a.Fleet.AccountID(), role, name)
	s := session{
		accessKeyID:     identifier("ASIA", arn),
		secretAccessKey: random.UUID(random.Hash(1, arn)),
		token:           random.UUID(random.Hash(2, arn)) + random.UUID(random.Hash(3, arn)),
		arn:             arn,
		userID:          identifier("AROA", role) + ":" + name,
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sessions[s.accessKeyID] = principal{account: a, arn: arn, userID: s.userID, token: s.token}
	return s
}

// identifier makes a unique id as IAM does: a prefix of four letters and
// sixteen of the base32 alphabet.
func identifier(prefix, of string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	b := []byte(prefix)
	for s := random.NewStream(random.Hash(0, of)); len(b) < 20; {
		b = append(b, alphabet[s.Next()>>59])
	}
	return string(b)
}
