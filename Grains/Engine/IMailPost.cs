namespace Crm.Engine;

/// <summary>An e-mail.</summary>
/// <param name="Id">The same whenever the same letter is sent again, so that a receiver can know it again: what stands before the @ of Message-ID.</param>
/// <param name="To">The address.</param>
/// <param name="Name">The receiver's name; empty for none.</param>
/// <param name="Text">What is read where HTML is not.</param>
/// <param name="Html">A whole document; every value in it is escaped.</param>
/// <param name="Unsubscribe">Where a POST ends all such letters (RFC 8058); null for letters that nobody can end.</param>
public sealed record Letter(string Id, string To, string Name, string Subject, string Text, string Html, Uri? Unsubscribe);

/// <summary>Where letters go out.</summary>
public interface IMailPost
{
    /// <summary>Whether an operator has said by which server; else nothing is sent and nothing waits.</summary>
    bool IsOpen { get; }

    /// <summary>Hands a letter to the server. Returns once the server has taken it.</summary>
    /// <exception cref="LetterRefusedException">The server will never take it: the address does not exist.</exception>
    /// <exception cref="UnavailableException">It was not taken, or nobody knows whether it was. Send it again later.</exception>
    Task Send(Letter letter, CancellationToken cancel);

    /// <summary>The address of a page of this product, as people outside reach it.</summary>
    Uri Link(string path);

    /// <summary>The link that ends all e-mail to a user: a POST to it is enough.</summary>
    Task<Uri> Unsubscribe(string tenant, string user);
}

/// <summary>The server will never take this letter.</summary>
public sealed class LetterRefusedException(string message) : Exception(message);
