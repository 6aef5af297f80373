package awssim

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// tokenSealer issues pagination tokens. A token is the place to go on at and a
// keyed hash that binds it to one request, so the server keeps no state and
// still tells its own tokens from all others.
type tokenSealer struct{ key []byte }

func newTokenSealer() tokenSealer {
	key := make([]byte, sha256.Size)
	// Read never fails: it ends the program where the system has no randomness.
	_, _ = rand.Read(key)
	return tokenSealer{key: key}
}

// tokenScope is what a token is bound to. MaxResults may change between pages
// and is therefore not part of it.
type tokenScope struct{ account, region, action, parameters string }

const (
	tokenOffset = 8  // bytes of the place
	tokenTag    = 16 // bytes of the keyed hash that are kept
)

// seal returns the token for offset. It is the same each time.
func (t tokenSealer) seal(scope tokenScope, offset int) string {
	b := make([]byte, tokenOffset, tokenOffset+tokenTag)
	binary.BigEndian.PutUint64(b, uint64(offset))
	return base64.StdEncoding.EncodeToString(append(b, t.tag(scope, b)...))
}

// open returns the place a token stands for, false where this server did not
// issue it for this scope.
func (t tokenSealer) open(scope tokenScope, token string) (int, bool) {
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(b) != tokenOffset+tokenTag {
		return 0, false
	}
	if !hmac.Equal(b[tokenOffset:], t.tag(scope, b[:tokenOffset])) {
		return 0, false
	}
	return int(binary.BigEndian.Uint64(b)), true
}

func (t tokenSealer) tag(scope tokenScope, offset []byte) []byte {
	mac := hmac.New(sha256.New, t.key)
	// None of the first three can hold a NUL, so the parts stay apart.
	mac.Write([]byte(strings.Join([]string{scope.account, scope.region, scope.action, scope.parameters, ""}, "\x00")))
	mac.Write(offset)
	return mac.Sum(nil)[:tokenTag]
}
