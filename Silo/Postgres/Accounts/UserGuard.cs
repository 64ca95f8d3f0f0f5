using System.Text.Json;
using Crm.Engine;
using Crm.Roles;
using Crm.Users;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Who may do what to whom: the rules about users that need more than the user's own record.</summary>
/// <remarks>
/// Nobody gives or touches rights that he does not hold, takes away his own or locks himself out. These commands of one tenant run one after another, on
/// every node, and each looks its caller up afresh: so of two administrators who deactivate each other at once one stays, and with him somebody who may
/// do everything.
/// </remarks>
public sealed class UserGuard(People people, Logins logins, NpgsqlDataSource source, ILogger<UserGuard> log) : IDisposable
{
    private static readonly string[] NotToOneself = [Assign.Name, Deactivate.Name];

    // One connection of the pool at most waits for its turn: the command needs others to go through.
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Runs one of the user's verbs, if the caller may.</summary>
    public async Task<Outcome> Run(string verb, Address at, Caller caller, Guid commandId, JsonElement args, IRecords records)
    {
        var asked = verb == Assign.Name ? Json.Read<Assign>(args).Roles : null;
        var email = verb == Readdress.Name ? Json.Read<Readdress>(args).Email : null;
        await using var turn = await Turn(at.Tenant);
        if (await people.Find(at.Tenant, at.Id) is not { } target)
        {
            return Outcome.Rejected(0, Missing);
        }

        var (by, refusal) = await Check(verb, caller, at.Id, target, asked);
        if (refusal is not null)
        {
            log.Refused(at.Tenant, caller.User, verb, at.Id, refusal.Code);
            return Outcome.Rejected(0, refusal);
        }

        return email is null
            ? await records.Do(at, by, commandId, verb, args)
            : await Move(at, by, commandId, args, records, target, email);
    }

    /// <summary>Why this caller may not do this to this user, or null.</summary>
    public async Task<Problem?> Check(string verb, Caller caller, string user, User target) => (await Check(verb, caller, user, target, null)).Refusal;

    /// <inheritdoc />
    public void Dispose() => _gate.Dispose();

    internal static Problem Missing { get; } = new("", "record.missing", "There is no such record.");

    internal static Problem Taken { get; } = new("email", "user.email.taken", "Another user has this e-mail address.");

    private static Problem Denied { get; } = new("", "access.denied", "You may not do this. Ask an administrator for the permission.");

    private async Task<(Caller By, Problem? Refusal)> Check(string verb, Caller caller, string user, User target, IReadOnlyList<string>? asked)
    {
        // Looked up afresh, and still no more than what was asked with: a token may be held to less than its user.
        var by = caller.User == Caller.SystemUser ? caller : await people.Caller(caller.Tenant, caller.User) is { } now ? Rights.Within(now, caller.Permissions) : null;
        if (by is null || !by.Can($"users.{verb}"))
        {
            return (caller, Denied);
        }

        if (user == by.User && NotToOneself.Contains(verb))
        {
            return (by, new("", "user.self", "You cannot do this to yourself. Ask another administrator."));
        }

        if ((await people.RolesOf(caller.Tenant, target)).Any(role => Rights.Beyond(role, by).Any()))
        {
            return (by, new("", "user.outranks", "This user has rights that you do not have. Ask an administrator who has them."));
        }

        foreach (var id in (asked ?? []).Except(target.Roles ?? []))
        {
            if (!Address.IsId(id) || await people.Role(caller.Tenant, id) is not { } role)
            {
                return (by, new("roles", "role.unknown", "There is no role of this id."));
            }

            if (Rights.Beyond(role, by).Any())
            {
                return (by, new("roles", "role.beyond", "You cannot give a role that has rights which you do not have."));
            }
        }

        return (by, null);
    }

    // The new address is taken before the record says it and the old one let go after: whoever comes between can sign in with both.
    private async Task<Outcome> Move(Address at, Caller by, Guid commandId, JsonElement args, IRecords records, User target, string email)
    {
        if (!await logins.Claim(at.Tenant, at.Id, email))
        {
            return Outcome.Rejected(0, Taken);
        }

        var outcome = await records.Do(at, by, commandId, Readdress.Name, args);
        await logins.Keep(at.Tenant, at.Id, outcome.Status == Status.Rejected ? target.Email : email);
        return outcome;
    }

    private async Task<IAsyncDisposable> Turn(string tenant)
    {
        await _gate.WaitAsync();
        var held = new Held(_gate);
        try
        {
            await held.Take(source, tenant);
            return held;
        }
        catch (Exception fault)
        {
            await held.DisposeAsync();
            if (Database.IsPassing(fault))
            {
                throw new UnavailableException("The database does not answer now.", fault);
            }

            throw;
        }
    }

    private sealed class Held(SemaphoreSlim gate) : IAsyncDisposable
    {
        private NpgsqlConnection? _connection;

        public async Task Take(NpgsqlDataSource source, string tenant)
        {
            _connection = await source.OpenConnectionAsync();
            await using var take = new NpgsqlCommand("SELECT pg_advisory_lock(hashtextextended('users of ' || $1, 0))", _connection)
            {
                Parameters = { new() { Value = tenant } },
            };
            await take.ExecuteNonQueryAsync();
        }

        // The pool's reset of the connection lets go of the lock too, but only when it is next taken out.
        public async ValueTask DisposeAsync()
        {
            try
            {
                if (_connection is not null)
                {
                    await using var free = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", _connection);
                    await free.ExecuteNonQueryAsync();
                }
            }
            catch (Exception fault) when (Database.IsPassing(fault) || fault is InvalidOperationException)
            {
                // The connection is broken, and with it the lock is gone.
            }
            finally
            {
                await (_connection?.DisposeAsync() ?? default);
                gate.Release();
            }
        }
    }
}

/// <summary>One verb of users, behind the guard.</summary>
public sealed class GuardedVerb(string name, UserGuard guard) : ICompoundVerb
{
    /// <summary>Those that are.</summary>
    public static IReadOnlyList<string> Names { get; } = [Assign.Name, Readdress.Name, Deactivate.Name, Activate.Name, SignOut.Name];

    /// <inheritdoc />
    public string Kind => "users";

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public Task<Outcome> Run(Address at, Caller caller, Guid commandId, JsonElement args, IRecords records) =>
        guard.Run(name, at, caller, commandId, args, records);
}
