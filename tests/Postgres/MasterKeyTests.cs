using System.Security.Cryptography;
using Crm.Silo.Postgres;

namespace Crm.Tests;

public sealed class MasterKeyTests : IDisposable
{
    private static readonly string Text = Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_embedded_default_makes_a_key_that_only_its_owner_can_read_says_so_once_and_finds_it_again()
    {
        var said = new List<string>();
        var made = MasterKey.InFolder(_folder, said.Add);
        said.ShouldHaveSingleItem().ShouldContain("Back it up");
        File.GetUnixFileMode(Path.Combine(_folder, "master.key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        MasterKey.InFolder(_folder, said.Add).Derive("crm_app").ShouldBe(made.Derive("crm_app"));
        said.Count.ShouldBe(1);
        Directory.GetFiles(_folder).Length.ShouldBe(1);
    }

    [Fact]
    public void A_key_comes_from_the_variable_or_from_the_file_that_it_names()
    {
        var file = Path.Combine(_folder, "key");
        File.WriteAllText(file, $"{Text}\n");
        var (fromText, fromFile) = (MasterKey.FromEnvironment(Only("CRM_MASTER_KEY", Text))!, MasterKey.FromEnvironment(Only("CRM_MASTER_KEY_FILE", file))!);
        fromText.Derive("x").ShouldBe(fromFile.Derive("x"));
        MasterKey.FromEnvironment(_ => null).ShouldBeNull();
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Anything_but_32_bytes_is_refused_without_repeating_it(string text)
    {
        var refusal = Should.Throw<InvalidOperationException>(() => MasterKey.FromEnvironment(Only("CRM_MASTER_KEY", text))).Message;
        refusal.ShouldStartWith("CRM_MASTER_KEY ");
        refusal.ShouldNotContain(text);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Should.Throw<InvalidOperationException>(() => MasterKey.FromEnvironment(Only("CRM_MASTER_KEY_FILE", "/no/such/file"))).Message.ShouldContain("/no/such/file");

    [Fact]
    public void Secrets_of_two_purposes_and_of_two_keys_differ()
    {
        var (one, other) = (MasterKey.Parse(Text, "a test"), MasterKey.Parse(Convert.ToBase64String(new byte[32]), "a test"));
        new[] { one.Derive("a"), one.Derive("b"), other.Derive("a") }.Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void A_tenant_s_key_opens_for_that_tenant_and_under_that_master_key_only()
    {
        var (vault, key) = (new Vault(MasterKey.Parse(Text, "a test")), Vault.NewKey());
        var wrapped = vault.Wrap("acme", key);
        vault.Unwrap("acme", wrapped).ShouldBe(key);
        Should.Throw<CryptographicException>(() => vault.Unwrap("globex", wrapped));
        Should.Throw<CryptographicException>(() => new Vault(MasterKey.Parse(Convert.ToBase64String(new byte[32]), "a test")).Unwrap("acme", wrapped));
        Should.Throw<CryptographicException>(() => vault.Unwrap("acme", wrapped.AsSpan(0, 20)));
        wrapped[^1] ^= 1;
        Should.Throw<CryptographicException>(() => vault.Unwrap("acme", wrapped));
    }

    [Fact]
    public void The_same_value_sealed_twice_looks_different()
    {
        var key = Vault.NewKey();
        Vault.Seal(key, "Ada"u8, "here").ShouldNotBe(Vault.Seal(key, "Ada"u8, "here"));
    }

    private static Func<string, string?> Only(string name, string value) => asked => asked == name ? value : null;
}
