// Command steampipe-plugin-ssmassoc serves the plugin to Steampipe.
package main

import "steampipe-plugin-ssmassoc/ssmassoc"

func main() {
	ssmassoc.Serve()
}
