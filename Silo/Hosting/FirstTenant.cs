using System.Text.RegularExpressions;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;

namespace Crm.Silo.Hosting;

/// <summary>Makes the tenant and the administrator that an empty database begins with, from <c>CRM_FIRST_TENANT</c>, <c>CRM_FIRST_ADMIN</c> and <c>CRM_FIRST_PASSWORD</c>.</summary>
public sealed partial class FirstTenant(Tenants tenants, TenantSetup setup, Logins logins, ILogger<FirstTenant> log)
{
    private const string TenantVariable = "CRM_FIRST_TENANT";
    private const string AdminVariable = "CRM_FIRST_ADMIN";
    private const string PasswordVariable = "CRM_FIRST_PASSWORD";

    private const string AdminId = "admin";

    /// <summary>Does nothing once somebody can sign in; goes on where it was interrupted. Says what to set when nothing is.</summary>
    /// <exception cref="OptionException">A variable is missing, or its value is refused.</exception>
    public async Task Make(Func<string, string?> get)
    {
        var present = await tenants.All();
        if (get(TenantVariable) is not { Length: > 0 } tenant)
        {
            if (present.Count == 0)
            {
                log.LogWarning("The database is empty and nobody can sign in. Start once with {Tenant}, {Admin} (an e-mail address) and {Password} set.", TenantVariable, AdminVariable, PasswordVariable);
            }

            return;
        }

        if (present.Any(other => other != tenant) || (present.Count > 0 && await logins.Hash(tenant, AdminId) is not null))
        {
            return;
        }

        await Make(tenant, get);
    }

    private async Task Make(string tenant, Func<string, string?> get)
    {
        var email = get(AdminVariable) is { Length: > 0 } given ? given : throw new OptionException(AdminVariable, "", "It is the e-mail address of the first administrator.");
        var password = get(PasswordVariable) is { Length: > 0 } chosen ? chosen : throw new OptionException(PasswordVariable, "", "It is the first administrator's password.");
        if (!TenantId().IsMatch(tenant))
        {
            throw new OptionException(TenantVariable, tenant, "It is 1 to 63 lower-case letters, digits, - and _, beginning with a letter or digit.");
        }

        if (Crm.Users.PasswordRule.Check(password, email) is { } weak)
        {
            throw new OptionException(PasswordVariable, "…", weak.Text);
        }

        await setup.Create(tenant, tenant);
        if (await setup.CreateUser(tenant, AdminId, email.Split('@')[0], email, password, [AdminId]) is { } problem)
        {
            throw new OptionException(AdminVariable, email, problem.Text);
        }

        log.LogInformation("Made the tenant {Tenant} and its first administrator. {Password} is not needed any more.", tenant, PasswordVariable);
    }

    // As the table of tenants checks it.
    [GeneratedRegex("^[a-z0-9][a-z0-9_-]{0,62}$", RegexOptions.NonBacktracking)]
    private static partial Regex TenantId();
}
