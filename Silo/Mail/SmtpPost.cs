using System.Net;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using Crm.Engine;

namespace Crm.Silo.Mail;

/// <summary>Hands letters to a mail server by SMTP (RFC 5321), each over a connection of its own.</summary>
public sealed class SmtpPost(MailOptions options, MailLinks links) : IMailPost
{
    /// <inheritdoc />
    public bool IsOpen => options.Host is not null;

    /// <inheritdoc />
    public Uri Link(string path) => new(options.Public, path.TrimStart('/'));

    /// <inheritdoc />
    public async Task<Uri> Unsubscribe(string tenant, string user) => Link($"{MailLinks.Path}?link={await links.Write(tenant, user)}");

    /// <inheritdoc />
    public async Task Send(Letter letter, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(options.Timeout);
        using var message = Message(letter);
        using var client = new SmtpClient(options.Host, options.Port)
        {
            EnableSsl = options.Tls,
            UseDefaultCredentials = false,
            Credentials = options.User is null ? null : new NetworkCredential(options.User, options.Password),
        };
        try
        {
            await client.SendMailAsync(message, limit.Token);
        }
        catch (SmtpFailedRecipientException refused) when (refused.StatusCode is SmtpStatusCode.MailboxUnavailable or SmtpStatusCode.MailboxNameNotAllowed or SmtpStatusCode.UserNotLocalTryAlternatePath)
        {
            throw new LetterRefusedException($"The mail server refuses the address for good: {(int)refused.StatusCode}.");
        }
        catch (SmtpException fault)
        {
            throw new UnavailableException($"The mail server did not take a letter: {fault.StatusCode}.", fault);
        }
        catch (OperationCanceledException fault) when (!cancel.IsCancellationRequested)
        {
            throw new UnavailableException($"The mail server did not answer within {options.Timeout.TotalSeconds:0} seconds.", fault);
        }
    }

    private MailMessage Message(Letter letter)
    {
        var message = new MailMessage(new MailAddress(options.From, "CRM"), new MailAddress(letter.To, letter.Name, Encoding.UTF8))
        {
            Subject = letter.Subject,
            SubjectEncoding = Encoding.UTF8,
            Body = letter.Text,
            BodyEncoding = Encoding.UTF8,
            BodyTransferEncoding = TransferEncoding.QuotedPrintable,
        };
        message.AlternateViews.Add(new AlternateView(new MemoryStream(Encoding.UTF8.GetBytes(letter.Html)), new ContentType("text/html") { CharSet = "utf-8" })
        {
            TransferEncoding = TransferEncoding.QuotedPrintable,
        });
        message.Headers.Add("Message-ID", $"<{letter.Id}@{message.From!.Host}>");
        message.Headers.Add("Auto-Submitted", "auto-generated"); // RFC 3834: nobody's holiday answers it.
        if (letter.Unsubscribe is { } end)
        {
            message.Headers.Add("List-Unsubscribe", $"<{end}>");
            message.Headers.Add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }

        return message;
    }
}
