# Template of a Homebrew formula: a release replaces the words in capitals with the
# names and checksums of its archives.
class Ssmassoc < Formula
  desc "Query the status of AWS Systems Manager associations with SQL"
  homepage "HOMEPAGE"
  version "VERSION"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "DOWNLOADS/ssmassoc_darwin_arm64.tar.gz"
      sha256 "SHA256_DARWIN_ARM64"
    end
    on_intel do
      url "DOWNLOADS/ssmassoc_darwin_amd64.tar.gz"
      sha256 "SHA256_DARWIN_AMD64"
    end
  end

  on_linux do
    on_arm do
      url "DOWNLOADS/ssmassoc_linux_arm64.tar.gz"
      sha256 "SHA256_LINUX_ARM64"
    end
    on_intel do
      url "DOWNLOADS/ssmassoc_linux_amd64.tar.gz"
      sha256 "SHA256_LINUX_AMD64"
    end
  end

  def install
    bin.install "ssmassoc"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/ssmassoc.bash" => "ssmassoc"
    zsh_completion.install "completions/ssmassoc.zsh" => "_ssmassoc"
    fish_completion.install "completions/ssmassoc.fish"
  end

  test do
    assert_match "1", shell_output("#{bin}/ssmassoc query --demo --output csv 'select 1 as one'")
  end
end
