using System.Text;
using Crm.Engine;
using Crm.Silo;
using Crm.Silo.Mail;

namespace Crm.Tests;

public sealed class SmtpTests : IAsyncLifetime
{
    private readonly JournalFixture _fixture = new();
    private MailServer _server = null!;
    private MailLinks _links = null!;

    public async Task InitializeAsync()
    {
        await _fixture.InitializeAsync();
        _server = MailServer.Start();
        _links = new(_fixture.Tenants);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task A_letter_arrives_in_both_forms_with_what_ends_it()
    {
        var post = Post();
        var end = await post.Unsubscribe("acme", "bo");
        await post.Send(new("letter-1", "bo@acme.test", "Bo Großmann", "Märchen: 2 notices", "Guten Tag ä.\r\n.\r\n", "<p>Guten Tag <b>&lt;ä&gt;</b></p>", end), default);

        var message = _server.Taken.ShouldHaveSingleItem();
        var (head, body) = (Unfolded(message[..message.IndexOf("\r\n\r\n", StringComparison.Ordinal)]), message);
        head.ShouldContain("Message-ID: <letter-1@acme.test>");
        head.ShouldContain($"List-Unsubscribe: <{end}>");
        head.ShouldContain("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
        head.ShouldContain("Auto-Submitted: auto-generated");
        head.ShouldContain("bo@acme.test");
        head.ShouldNotContain("Märchen"); // Encoded, as headers must be.
        body.ShouldContain("text/plain");
        body.ShouldContain("text/html");
        Encoding.UTF8.GetByteCount(head).ShouldBe(head.Length);
    }

    [Fact]
    public async Task The_link_names_its_user_and_a_changed_or_foreign_one_nobody()
    {
        var link = await _links.Write("acme", "bo");
        (await _links.Read(link)).ShouldBe(("acme", "bo"));
        (await _links.Read(link[..^1] + (link[^1] == 'A' ? 'B' : 'A'))).ShouldBeNull();
        var other = await _links.Write("globex", "bo");
        (await _links.Read($"{link.Split('.')[0]}.{other.Split('.')[1]}")).ShouldBeNull();
        foreach (var text in (string[])["", ".", "a.b", "..", new('x', 5_000), "%00.%00", "YWNtZQ.YWNtZQ"])
        {
            (await _links.Read(text)).ShouldBeNull(text);
        }
    }

    [Theory]
    [InlineData("RCPT", "550 no such user")]
    [InlineData("RCPT", "553 not so")]
    public async Task An_address_that_is_refused_for_good_is_told_apart(string command, string answer)
    {
        _server.Answers[command] = answer;
        await Should.ThrowAsync<LetterRefusedException>(() => Post().Send(Letter, default));
    }

    [Theory]
    [InlineData("RCPT", "450 busy")]
    [InlineData("MAIL", "451 later")]
    [InlineData("DATA", "421 closing")]
    [InlineData(".", "452 full")]
    public async Task What_passes_is_tried_again(string command, string answer)
    {
        _server.Answers[command] = answer;
        await Should.ThrowAsync<UnavailableException>(() => Post().Send(Letter, default));
    }

    [Fact]
    public async Task A_server_that_closes_before_its_answer_is_an_unknown_fate_and_the_repetition_has_the_same_name()
    {
        _server.ClosesAfterData = true;
        await Should.ThrowAsync<UnavailableException>(() => Post().Send(Letter, default));
        await Post().Send(Letter, default);
        _server.Taken.Count.ShouldBe(2);
        _server.Taken.ShouldAllBe(message => message.Contains("Message-ID: <letter-1@acme.test>"));
    }

    [Fact]
    public async Task A_server_that_is_not_there_or_says_nothing_is_given_up_in_time()
    {
        await Should.ThrowAsync<UnavailableException>(() => new SmtpPost(Options(1), _links).Send(Letter, default));
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var options = Options(((System.Net.IPEndPoint)silent.LocalEndpoint).Port) with { Timeout = TimeSpan.FromMilliseconds(300) };
        await Should.ThrowAsync<UnavailableException>(() => new SmtpPost(options, _links).Send(Letter, default));
    }

    [Theory]
    [InlineData("CRM_SMTP", "http://mail")]
    [InlineData("CRM_SMTP", "mail:0")]
    [InlineData("CRM_SMTP", "mail:99999")]
    [InlineData("CRM_MAIL_FROM", "Ana <ana@acme.test>")]
    [InlineData("CRM_MAIL_FROM", "")]
    [InlineData("CRM_SMTP_TLS", "maybe")]
    [InlineData("CRM_SMTP_USER", "ana")]
    [InlineData("CRM_PUBLIC_URL", "crm.example.com")]
    public void A_setting_that_cannot_be_meant_is_named_with_its_value(string name, string value)
    {
        var set = new Dictionary<string, string> { ["CRM_SMTP"] = "mail.example.com", ["CRM_MAIL_FROM"] = "crm@example.com", [name] = value };
        var message = Should.Throw<OptionException>(() => MailOptions.Read(set.GetValueOrDefault, 5080)).Message;
        message.ShouldContain(name == "CRM_SMTP_USER" ? "CRM_SMTP_PASSWORD" : $"{name}={value}");
    }

    [Fact]
    public void A_password_is_never_sent_in_the_open_and_a_server_of_another_machine_is_talked_to_in_secret()
    {
        var set = new Dictionary<string, string>
        {
            ["CRM_SMTP"] = "mail.example.com:2525", ["CRM_MAIL_FROM"] = "crm@example.com", ["CRM_SMTP_USER"] = "crm", ["CRM_SMTP_PASSWORD"] = "Secret-42", ["CRM_SMTP_TLS"] = "off",
        };
        var message = Should.Throw<OptionException>(() => MailOptions.Read(set.GetValueOrDefault, 5080)).Message;
        message.ShouldNotContain("Secret-42");
        set.Remove("CRM_SMTP_TLS");
        var options = MailOptions.Read(set.GetValueOrDefault, 5080);
        (options.Host, options.Port, options.Tls, options.User).ShouldBe(("mail.example.com", 2525, true, "crm"));
        MailOptions.Read(_ => null, 5080).Host.ShouldBeNull();
        MailOptions.Read(new Dictionary<string, string> { ["CRM_SMTP"] = "mail.example.com:25", ["CRM_MAIL_FROM"] = "a@b.test" }.GetValueOrDefault, 5080).Port.ShouldBe(25);
    }

    private static Letter Letter { get; } = new("letter-1", "bo@acme.test", "Bo", "One notice", "Text", "<p>Text</p>", null);

    private static string Unfolded(string head) => head.Replace("\r\n ", "", StringComparison.Ordinal).Replace("\r\n\t", "", StringComparison.Ordinal);

    private static MailOptions Options(int port) => new("127.0.0.1", port, null, null, false, "crm@acme.test", new("https://crm.test/"));

    private SmtpPost Post() => new(Options(_server.Port), _links);
}
