package awssim

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// tokenSealer issues pagination tokens: the place to continue at, and a keyed
// hash that binds it to a request. The server keeps no state and still
// recognises its own tokens.
type tokenSealer struct{ key []byte }

func newTokenSealer() tokenSealer {
	key := make([]byte, sha256.Size)
	// Read never fails: without randomness it ends the program.
	_, _ = rand.Read(key)
	return tokenSealer{key: key}
}

// tokenScope is what a token is bound to. It leaves out MaxResults, which may
// change between pages.
type tokenScope struct{ account, region, action, parameters string }

const (
	tokenOffset = 8  // bytes of the place
	tokenTag    = 16 // bytes of the keyed hash that are kept
)

// seal returns the token of an offset, always the same.
func (t tokenSealer) seal(scope tokenScope, offset int) string {
	b := make([]byte, tokenOffset, tokenOffset+tokenTag)
	binary.BigEndian.PutUint64(b, uint64(offset))
	return base64.StdEncoding.EncodeToString(append(b, t.tag(scope, b)...))
}

// open returns the offset of a token, or false if this server did not issue it
// for this scope.
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
	// The first three cannot contain NUL, so the parts stay apart.
	mac.Write([]byte(strings.Join([]string{scope.account, scope.region, scope.action, scope.parameters, ""}, "\x00")))
	mac.Write(offset)
	return mac.Sum(nil)[:tokenTag]
}
