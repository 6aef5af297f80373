package spc

import (
	"bytes"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Bounds of nesting in a configuration: of brackets, and of operators in an
// expression. HCL's parser recurses for each, and Go ends a process that
// overflows its stack.
const (
	maxNesting   = 100
	maxOperators = 100
)

// checkNesting reports where a configuration is nested too deeply to be parsed.
func checkNesting(filename string, source []byte) error {
	tokens, _ := hclsyntax.LexConfig(source, filename, hcl.InitialPos) // parsing reports their errors
	levels := []level{{body: true}}
	for _, token := range tokens {
		current := &levels[len(levels)-1]
		switch {
		case opening[token.Type]:
			if token.Type != hclsyntax.TokenOBrace && token.Type != hclsyntax.TokenOQuote {
				current.operators++ // an index, a call or a template's "if" can follow another
			}
			levels = append(levels, level{body: token.Type == hclsyntax.TokenOBrace})
		case closing[token.Type] && len(levels) > 1:
			levels = levels[:len(levels)-1]
		case token.Type == hclsyntax.TokenComma, current.body && bytes.HasSuffix(token.Bytes, []byte("\n")):
			current.operators = 0
		case operator[token.Type]:
			current.operators++
		}
		switch {
		case len(levels) > maxNesting+1:
			return fmt.Errorf("%s: brackets are nested more than %d deep; nest less", token.Range, maxNesting)
		case levels[len(levels)-1].operators > maxOperators, current.operators > maxOperators:
			return fmt.Errorf("%s: an expression has more than %d operators; write its value instead", token.Range, maxOperators)
		}
	}
	return nil
}

// level is the text between two brackets.
type level struct {
	body      bool // whether its lines are separate expressions
	operators int  // of the current expression
}

var opening = map[hclsyntax.TokenType]bool{
	hclsyntax.TokenOBrace:          true,
	hclsyntax.TokenOBrack:          true,
	hclsyntax.TokenOParen:          true,
	hclsyntax.TokenOQuote:          true,
	hclsyntax.TokenOHeredoc:        true,
	hclsyntax.TokenTemplateInterp:  true,
	hclsyntax.TokenTemplateControl: true,
}

var closing = map[hclsyntax.TokenType]bool{
	hclsyntax.TokenCBrace:         true,
	hclsyntax.TokenCBrack:         true,
	hclsyntax.TokenCParen:         true,
	hclsyntax.TokenCQuote:         true,
	hclsyntax.TokenCHeredoc:       true,
	hclsyntax.TokenTemplateSeqEnd: true,
}

var operator = map[hclsyntax.TokenType]bool{
	hclsyntax.TokenBang:          true,
	hclsyntax.TokenPlus:          true,
	hclsyntax.TokenMinus:         true,
	hclsyntax.TokenStar:          true,
	hclsyntax.TokenSlash:         true,
	hclsyntax.TokenPercent:       true,
	hclsyntax.TokenAnd:           true,
	hclsyntax.TokenOr:            true,
	hclsyntax.TokenEqualOp:       true,
	hclsyntax.TokenNotEqual:      true,
	hclsyntax.TokenLessThan:      true,
	hclsyntax.TokenLessThanEq:    true,
	hclsyntax.TokenGreaterThan:   true,
	hclsyntax.TokenGreaterThanEq: true,
	hclsyntax.TokenQuestion:      true,
	hclsyntax.TokenColon:         true,
}
