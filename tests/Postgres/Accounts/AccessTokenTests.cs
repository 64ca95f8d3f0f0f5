using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Engine.Tests;
using Crm.Silo.Postgres.Accounts;

namespace Crm.Tests.Accounts;

public sealed class AccessTokenTests
{
    private static readonly SessionKey Ana = new("acme", "ana", "session-1");
    private readonly FakeTime _time = new();
    private readonly AccessTokens _tokens;
    private readonly SigningKey _key;

    public AccessTokenTests()
    {
        _tokens = new(new(), _time);
        _key = NewKey();
    }

    private string Good => _tokens.Write(_key, Ana);

    [Fact]
    public void A_token_says_what_was_written_for_24_hours()
    {
        var read = _tokens.Read(Good, _key).ShouldNotBeNull();
        read.Session.ShouldBe(Ana);
        read.Expires.ShouldBe(_time.GetUtcNow().AddHours(24));
        _tokens.KeyOf(Good).ShouldBe(_key.Kid);
    }

    [Fact]
    public void It_carries_no_more_than_it_must()
    {
        var claims = JsonNode.Parse(Decode(Good.Split('.')[1]))!.AsObject().Select(claim => claim.Key);
        claims.ShouldBe(["iss", "aud", "sub", "tenant", "sid", "iat", "nbf", "exp"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(24 * 3600 + 29, true)]
    [InlineData(24 * 3600 + 30, false)]
    [InlineData(-30, true)]
    [InlineData(-31, false)]
    public void Clocks_may_differ_by_thirty_seconds(int seconds, bool valid)
    {
        var token = Good;
        var then = new FakeTime();
        then.Advance(TimeSpan.FromSeconds(seconds));
        (new AccessTokens(new(), then).Read(token, _key) is not null).ShouldBe(valid);
    }

    [Fact]
    public void Another_key_s_signature_is_refused_even_under_our_key_s_name()
    {
        var foreign = NewKey();
        _tokens.Read(_tokens.Write(foreign, Ana), _key).ShouldBeNull();
        _tokens.Read(_tokens.Write(foreign with { Kid = _key.Kid }, Ana), _key).ShouldBeNull();
    }

    [Theory]
    [InlineData("sub", "admin")]
    [InlineData("tenant", "globex")]
    [InlineData("sid", "session-2")]
    [InlineData("exp", 9_999_999_999)]
    public void A_changed_claim_is_refused(string claim, object value) => _tokens.Read(Changed(payload => payload[claim] = JsonSerializer.SerializeToNode(value)), _key).ShouldBeNull();

    [Theory]
    [InlineData("sub")]
    [InlineData("tenant")]
    [InlineData("sid")]
    [InlineData("exp")]
    [InlineData("nbf")]
    [InlineData("iss")]
    [InlineData("aud")]
    public void A_missing_claim_is_refused_even_when_we_signed_it(string claim) => _tokens.Read(Signed(payload => payload.Remove(claim)), _key).ShouldBeNull();

    [Theory]
    [InlineData("iss", "someone")]
    [InlineData("aud", "others")]
    [InlineData("sub", "")]
    public void A_claim_of_another_meaning_is_refused_even_when_we_signed_it(string claim, object value) =>
        _tokens.Read(Signed(payload => payload[claim] = JsonSerializer.SerializeToNode(value)), _key).ShouldBeNull();

    [Fact]
    public void None_is_no_algorithm()
    {
        var (_, payload) = Parts(Good);
        foreach (var alg in new[] { "none", "None", "" })
        {
            var token = $"{Encode($$"""{"alg":"{{alg}}","kid":"{{_key.Kid}}","typ":"JWT"}""")}.{Encode(payload)}.";
            _tokens.KeyOf(token).ShouldBeNull();
            _tokens.Read(token, _key).ShouldBeNull();
        }
    }

    [Fact]
    public void The_public_key_is_no_shared_secret()
    {
        var (_, payload) = Parts(Good);
        var signed = $"{Encode($$"""{"alg":"HS256","kid":"{{_key.Kid}}","typ":"JWT"}""")}.{Encode(payload)}";
        foreach (var secret in new[] { _key.Key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(AccessTokens.Jwks([_key])), Encoding.ASCII.GetBytes(_key.Kid) })
        {
            var token = $"{signed}.{Base64(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}";
            _tokens.KeyOf(token).ShouldBeNull();
            _tokens.Read(token, _key).ShouldBeNull();
        }
    }

    [Fact]
    public void A_key_inside_the_token_is_not_trusted()
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var jwk = JsonNode.Parse(AccessTokens.Jwks([new("x", own, default)]))!["keys"]![0]!.ToJsonString();
        var signed = $"{Encode($$"""{"alg":"ES256","kid":"{{_key.Kid}}","typ":"JWT","jwk":{{jwk}}}""")}.{Encode(Parts(Good).Payload)}";
        _tokens.Read($"{signed}.{Base64(own.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}", _key).ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.e30")]
    [InlineData("bm90IGpzb24.e30.e30")]
    [InlineData("eyJhbGciOiJFUzI1NiIsImtpZCI6NX0.e30.e30")]
    [InlineData("W10.W10.W10")]
    [InlineData("\ud800.\0.é")]
    public void What_is_no_token_is_refused_without_a_fault(string text)
    {
        if (_tokens.KeyOf(text) is not null)
        {
            _tokens.Read(text, _key).ShouldBeNull();
        }
    }

    [Fact]
    public void A_token_of_unreasonable_length_is_not_even_read() => _tokens.KeyOf($"{Good}{new string('A', 5_000)}").ShouldBeNull();

    [Fact]
    public void The_published_keys_hold_no_private_part_and_verify_our_tokens()
    {
        var published = JsonNode.Parse(AccessTokens.Jwks([_key]))!["keys"]![0]!.AsObject();
        published.Select(member => member.Key).ShouldBe(["kty", "use", "alg", "kid", "crv", "x", "y"], ignoreOrder: true);
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new() { X = Bytes((string)published["x"]!), Y = Bytes((string)published["y"]!) },
        });
        var parts = Good.Split('.');
        key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Bytes(parts[2]), HashAlgorithmName.SHA256).ShouldBeTrue();
    }

    private static SigningKey NewKey()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new(AccessTokens.Thumbprint(key), key, default);
    }

    private string Changed(Action<JsonObject> change)
    {
        var parts = Good.Split('.');
        var payload = JsonNode.Parse(Decode(parts[1]))!.AsObject();
        change(payload);
        return $"{parts[0]}.{Encode(payload.ToJsonString())}.{parts[2]}";
    }

    private string Signed(Action<JsonObject> change)
    {
        var parts = Changed(change).Split('.');
        return $"{parts[0]}.{parts[1]}.{Base64(_key.Key.SignData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), HashAlgorithmName.SHA256))}";
    }

    private static (string Header, string Payload) Parts(string token) => token.Split('.') is [var header, var payload, _] ? (Decode(header), Decode(payload)) : default;

    private static string Decode(string text) => Encoding.UTF8.GetString(Bytes(text));

    private static string Encode(string text) => Base64(Encoding.UTF8.GetBytes(text));

    private static string Base64(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static byte[] Bytes(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
