using System.Collections.Concurrent;
using System.Text.Json;
using Crm.Users;

namespace Crm.Engine;

/// <summary>The members of each tenant, read from their records and kept until one of them moves.</summary>
/// <remarks>A nudge may be lost: what is older than <see cref="Fresh"/> is read again too.</remarks>
public sealed class MemberBook : IMembers, IDisposable
{
    /// <summary>How long somebody new may not be known when his nudge was lost.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private const int PageSize = 200;
    private static readonly JsonElement Active = JsonElement.Parse("""{"active":true}""");
    private readonly ConcurrentDictionary<string, Task<IReadOnlyDictionary<string, Member>>> _tenants = new();
    private readonly ILists _lists;
    private readonly Func<string, string, Task<Caller?>> _callers;
    private readonly IDisposable _hearing;
    private readonly ITimer _timer;

    /// <summary>Starts to listen for changes of users.</summary>
    /// <param name="callers">What a user (tenant, id) may do now; null when he may not sign in.</param>
    public MemberBook(ILists lists, Func<string, string, Task<Caller?>> callers, IFeed feed, TimeProvider time)
    {
        (_lists, _callers) = (lists, callers);
        _hearing = feed.Subscribe(null, User.Kind.Name, nudge => _tenants.TryRemove(nudge.At.Tenant, out _));
        _timer = time.CreateTimer(_ => _tenants.Clear(), null, Fresh, Fresh);
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyDictionary<string, Member>> Of(string tenant)
    {
        var loading = _tenants.GetOrAdd(tenant, Load);
        if (loading is { IsCompleted: true, IsCompletedSuccessfully: false })
        {
            _tenants.TryRemove(new(tenant, loading));
        }

        return new(loading);
    }

    /// <inheritdoc />
    public Task<Caller?> Caller(string tenant, string user) => _callers(tenant, user);

    /// <inheritdoc />
    public void Dispose()
    {
        _hearing.Dispose();
        _timer.Dispose();
    }

    private async Task<IReadOnlyDictionary<string, Member>> Load(string tenant)
    {
        var found = new Dictionary<string, Member>();
        string? cursor = null;
        do
        {
            var answer = await _lists.Find(Crm.Caller.System(tenant), User.Kind.Name, new(null, Active, null, PageSize, cursor));
            if (answer.Page is not { } page)
            {
                throw new UnavailableException($"The users cannot be read: {answer.Refusal?.Text}");
            }

            foreach (var view in page.Items)
            {
                var user = Json.Unflatten<User>(view.Fields);
                found[view.Id] = new(view.Id, user.Name, user.Email, user.Team, user.Roles ?? []);
            }

            cursor = page.Next;
        }
        while (cursor is not null);
        return found;
    }
}
