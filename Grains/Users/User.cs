using System.Net.Mail;
using Crm.Engine;

namespace Crm.Users;

/// <summary>Somebody who may sign in. What proves who he is (password, sessions) is kept elsewhere and never in a record.</summary>
/// <param name="Roles">Ids of records of kind <c>roles</c>.</param>
/// <param name="Epoch">Goes up whenever all sessions end; a session that began under a lower one is over.</param>
/// <param name="Presence">To whom he shows that he is there: visible, team or hidden; null for visible.</param>
/// <param name="Ended">The id of the session that ended last: so that whoever watches hears of it.</param>
public sealed record User(
    string Name = "", string Email = "", IReadOnlyList<string>? Roles = null, string? Team = null, bool Active = true, long Epoch = 0, string? Ended = null,
    string? Presence = null)
    : IKind<User>
{
    private const int MaxNameLength = 200;
    private const int MaxEmailLength = 254; // RFC 5321, 4.5.3.1.3, without the angle brackets.
    private const int MaxTeamLength = 100;
    private const int MaxRoles = 20;

    public static Kind<User> Kind { get; } = new Kind<User>("users", "name", new User(), "The people of a tenant who may sign in.")
        .Field(nameof(Name), FieldType.Text, personal: true, searched: true, required: true, maxLength: MaxNameLength)
        .Field(nameof(Email), FieldType.Text, personal: true, searched: true, required: true, maxLength: MaxEmailLength)
        .Field(nameof(Roles), FieldType.Set, editable: false, important: true)
        .Field(nameof(Team), FieldType.Text, maxLength: MaxTeamLength)
        .Field(nameof(Presence), FieldType.Choice, editable: false, options: Share.Choices)
        .Field(nameof(Active), FieldType.Flag, editable: false)
        .Field(nameof(Epoch), FieldType.Counter, editable: false)
        .Field(nameof(Ended), FieldType.Text, editable: false)
        .Compound<Assign>(Assign.Name, Assign.Permission, "Gives the user exactly these roles. Nobody gives rights that he does not hold, or changes his own.")
        .Compound<Readdress>(Readdress.Name, Readdress.Permission, "Gives the user another e-mail address to sign in with.")
        .Compound<Deactivate>(Deactivate.Name, Deactivate.Permission, "Ends the user's sessions and lets him in no more.")
        .Compound<Activate>(Activate.Name, Activate.Permission, "Lets the user in again.")
        .Compound<Share>(Share.Name, Share.Permission, "Says to whom the caller himself is shown as present: visible (to all), team or hidden.")
        .Compound<SignOut>(SignOut.Name, SignOut.Permission, "Ends all sessions of the user, on open connections too.")
        .InnerVerb<Assign>().InnerVerb<Readdress>().InnerVerb<Deactivate>().InnerVerb<Activate>().InnerVerb<SignOut>().InnerVerb<Share>().InnerVerb<EndSession>()
        .Silent("create", "edit", "delete", "restore", "undo", Assign.Name, Readdress.Name, Deactivate.Name, Activate.Name, SignOut.Name, Share.Name, EndSession.Name)
        .Example(new("Ana Silva", "ana@acme.example", ["sales"], "North"));

    public User Tidied(Moment moment) => this with
    {
        Name = Name.Trim(),
        Email = Email.Trim(),
        Roles = [.. (Roles ?? []).Distinct().Order(StringComparer.Ordinal)],
        Team = Team?.Trim() is { Length: > 0 } team ? team : null,
    };

    public IEnumerable<Problem> Check()
    {
        if (Name.Length == 0)
        {
            yield return new("name", "user.name", "A user needs a name.");
        }

        if (Email.Length > MaxEmailLength || !MailAddress.TryCreate(Email, out var address) || address.Address != Email)
        {
            yield return new("email", "user.email", "This must be an e-mail address, such as ana@acme.example.");
        }

        if (Roles is { Count: > MaxRoles } || Roles?.All(Address.IsId) is false)
        {
            yield return new("roles", "user.roles", $"Roles are ids of records of kind roles, at most {MaxRoles}.");
        }
    }

    // The address is what he signs in with: it moves by its own verb, which knows the other addresses and ends the sessions, as no edit can.
    public IEnumerable<Problem> CheckStep(User before)
    {
        if (Email != before.Email && Epoch == before.Epoch)
        {
            yield return new("email", "user.readdress", "The address is changed by the action readdress.");
        }
    }

    public Problem? CheckDelete() => new("", "user.stays", "A user is not deleted, since history names him. Deactivate him.");
}

/// <summary>Gives the user exactly these roles.</summary>
public sealed record Assign(IReadOnlyList<string> Roles) : IVerb<User>
{
    public static string Name => "assign";

    public static string Permission => "users.assign";

    public Decision<User> Decide(User record, Moment moment) => record with { Roles = Roles };
}

/// <summary>Gives the user another address. His sessions end: they were proved with the old one.</summary>
public sealed record Readdress(string Email) : IVerb<User>
{
    public static string Name => "readdress";

    public static string Permission => "users.readdress";

    public Decision<User> Decide(User record, Moment moment) =>
        Email.Trim() == record.Email ? record : record with { Email = Email, Epoch = record.Epoch + 1 };
}

/// <summary>Lets the user in no more.</summary>
public sealed record Deactivate : IVerb<User>
{
    public static string Name => "deactivate";

    public static string Permission => "users.deactivate";

    public Decision<User> Decide(User record, Moment moment) =>
        record.Active ? record with { Active = false, Epoch = record.Epoch + 1 } : record;
}

/// <summary>Lets the user in again. His old sessions stay ended.</summary>
public sealed record Activate : IVerb<User>
{
    public static string Name => "activate";

    public static string Permission => "users.activate";

    public Decision<User> Decide(User record, Moment moment) => record with { Active = true };
}

/// <summary>Ends every session of the user.</summary>
public sealed record SignOut : IVerb<User>
{
    public static string Name => "signout";

    public static string Permission => "users.signout";

    public Decision<User> Decide(User record, Moment moment) => record with { Epoch = record.Epoch + 1 };
}

/// <summary>Says to whom he is shown as present.</summary>
public sealed record Share(string Presence) : IVerb<User>
{
    /// <summary>The choices, from the widest to the narrowest.</summary>
    public static readonly IReadOnlyList<string> Choices = ["visible", "team", "hidden"];

    public static string Name => "share";

    public static string Permission => "users.read";

    public Decision<User> Decide(User record, Moment moment) => Choices.Contains(Presence)
        ? record with { Presence = Presence == Choices[0] ? null : Presence }
        : new Problem("presence", "user.presence", "Presence is shown to all (visible), to the team (team) or to nobody (hidden).");
}

/// <summary>Says that one session has ended; the session itself is ended where sessions are kept.</summary>
public sealed record EndSession(string Session) : IVerb<User>
{
    public static string Name => "end";

    public static string Permission => "users.signout";

    public Decision<User> Decide(User record, Moment moment) => record with { Ended = Session };
}
