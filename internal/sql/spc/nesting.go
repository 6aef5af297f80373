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

// segment is the text of a block, or of anything else that stands outside blocks.
type segment struct {
	kind   string // its first word: the type of a block
	start  hcl.Pos
	source []byte
}

// segments cuts a file into its blocks, to be parsed one by one: parsed, a file takes some
// hundred times its size. It reports where one is nested too deeply to be parsed.
func segments(filename string, source []byte) ([]segment, error) {
	tokens, _ := hclsyntax.LexConfig(source, filename, hcl.InitialPos) // parsing reports their errors
	var found []segment
	open := false
	levels := []level{{body: true}}
	for _, token := range tokens {
		current := &levels[len(levels)-1]
		line := current.body && bytes.HasSuffix(token.Bytes, []byte("\n"))
		if !open && token.Type != hclsyntax.TokenNewline && token.Type != hclsyntax.TokenComment &&
			token.Type != hclsyntax.TokenEOF {
			open = true
			found = append(found, segment{string(token.Bytes), token.Range.Start, source[token.Range.Start.Byte:]})
		}
		switch kind := kindOf(token.Type); {
		case kind == opening:
			if token.Type != hclsyntax.TokenOBrace && token.Type != hclsyntax.TokenOQuote {
				current.operators++ // an index, a call or a template's "if" can follow another
			}
			levels = append(levels, level{body: token.Type == hclsyntax.TokenOBrace})
		case kind == closing && len(levels) > 1:
			levels = levels[:len(levels)-1]
		case token.Type == hclsyntax.TokenComma, line:
			current.operators = 0
		case kind == operator:
			current.operators++
		}
		switch {
		case len(levels) > maxNesting+1:
			return nil, fmt.Errorf("%s: brackets are nested more than %d deep; nest less", token.Range, maxNesting)
		case levels[len(levels)-1].operators > maxOperators, current.operators > maxOperators:
			return nil, fmt.Errorf("%s: an expression has more than %d operators; write its value instead",
				token.Range, maxOperators)
		}
		if open && line && len(levels) == 1 {
			open = false
			last := &found[len(found)-1]
			last.source = source[last.start.Byte:token.Range.End.Byte]
		}
	}
	return found, nil
}

// level is the text between two brackets.
type level struct {
	body      bool // whether its lines are separate expressions
	operators int  // of the current expression
}

// tokenKind is what a token does to the nesting.
type tokenKind int

const (
	other tokenKind = iota
	opening
	closing
	operator
)

func kindOf(t hclsyntax.TokenType) tokenKind {
	switch t {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return opening
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
		hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		return closing
	case hclsyntax.TokenBang, hclsyntax.TokenPlus, hclsyntax.TokenMinus, hclsyntax.TokenStar, hclsyntax.TokenSlash,
		hclsyntax.TokenPercent, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual,
		hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq,
		hclsyntax.TokenQuestion, hclsyntax.TokenColon:
		return operator
	}
	return other
}
