package spc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Text returns an argument with a text, in HCL.
func Text(name, value string) string {
	return fmt.Sprintf("%s = %s\n", name, quoted(value))
}

// Bool returns an argument that is true or false, in HCL.
func Bool(name string, value bool) string { return fmt.Sprintf("%s = %t\n", name, value) }

// List returns an argument with a list of texts, in HCL.
func List(name string, values []string) string {
	var texts []string
	for _, value := range values {
		texts = append(texts, quoted(value))
	}
	return fmt.Sprintf("%s = [%s]\n", name, strings.Join(texts, ", "))
}

func quoted(text string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(text)).Bytes())
}

// Without returns the arguments of a connection, in HCL, without those of the given
// names.
func Without(arguments string, names ...string) (string, error) {
	parsed, diagnostics := hclsyntax.ParseConfig([]byte(arguments), "", hcl.InitialPos)
	if diagnostics.HasErrors() {
		return "", readable(diagnostics)
	}
	var left strings.Builder
	for name, attribute := range sorted(parsed.Body.(*hclsyntax.Body).Attributes) {
		if !slices.Contains(names, name) {
			fmt.Fprintf(&left, "%s = %s\n", name, attribute.Expr.Range().SliceBytes([]byte(arguments)))
		}
	}
	return left.String(), nil
}
