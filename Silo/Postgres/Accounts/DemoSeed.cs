using Microsoft.Extensions.Logging;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Fills an empty database with two tenants to try the product with.</summary>
public sealed class DemoSeed(Tenants tenants, TenantSetup setup, Logins logins, Passwords passwords, ILogger<DemoSeed> log)
{
    /// <summary>Of every demo user.</summary>
    public const string Password = "Correct-Horse-42!";

    private static readonly (string Id, string Name)[] Companies = [("acme", "Acme"), ("globex", "Globex")];

    private static readonly (string Id, string Name, string Role)[] Staff =
        [("admin", "Ada Admin", "admin"), ("manager", "Max Manager", "manager"), ("ana", "Ana Silva", "sales"), ("bo", "Bo Lindqvist", "sales")];

    /// <summary>Does nothing when there is a tenant that is not of the demo, or when all is there. Goes on where it was interrupted.</summary>
    /// <returns>Whether anything was made.</returns>
    public async Task<bool> Fill(CancellationToken cancel = default)
    {
        var present = await tenants.All(cancel);
        var last = (Tenant: Companies[^1].Id, User: Staff[^1].Id);
        if (present.Except(Companies.Select(company => company.Id)).Any()
            || (present.Contains(last.Tenant) && await logins.Hash(last.Tenant, last.User, cancel) is not null))
        {
            return false;
        }

        // One for all: eight of them would keep the first start waiting for a second.
        var hash = await passwords.Hash(Password, cancel);
        foreach (var (tenant, name) in Companies)
        {
            await setup.Create(tenant, name, cancel);
            foreach (var (id, person, role) in Staff)
            {
                if (await setup.CreateUserWithHash(tenant, id, person, $"{id}@{tenant}.test", hash, [role], cancel) is { } problem)
                {
                    throw new InvalidOperationException($"Demo user {id} of {tenant}: {problem.Code}");
                }
            }
        }

        log.LogInformation("Filled the empty database with the demo tenants {Tenants}", string.Join(", ", Companies.Select(company => company.Id)));
        return true;
    }
}
