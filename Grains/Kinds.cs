using System.Collections.Concurrent;
using Crm.Announcements;
using Crm.Contacts;
using Crm.Engine;
using Crm.Fields;
using Crm.Follows;
using Crm.Imports;
using Crm.Merges;
using Crm.Notices;
using Crm.Notices.Priority;
using Crm.Policies;
using Crm.Roles;
using Crm.Users;
using Crm.Views;
using Crm.Webhooks;

namespace Crm;

/// <summary>Every kind there is, one line each.</summary>
public sealed class Kinds : ICatalog, IKindRegistry
{
    private readonly Dictionary<string, IKindRuntime> _byName = [];
    private readonly List<KindInfo> _infos = [];
    private readonly ConcurrentDictionary<(string Tenant, string Kind), Task<IReadOnlyList<FieldInfo>>> _custom = new();
    private Func<string, string, Task<IReadOnlyList<FieldInfo>>>? _loadCustom;

    /// <summary>The product's kinds.</summary>
    public static Kinds All() => new Kinds()
        .Add<Contact>()
        .Add<User>()
        .Add<Role>()
        .Add<CustomField>()
        .Add<ContactMerge>()
        .Add<ImportJob>()
        .Add<Webhook>()
        .Add<SavedView>()
        .Add<Policy>()
        .Add<Follow>()
        .Add<Notice>()
        .Add<Preference>()
        .Add<Announcement>()
        .Add<Ranking>();

    /// <inheritdoc />
    IReadOnlyList<KindInfo> ICatalog.Kinds => _infos;

    /// <summary>Adds a kind.</summary>
    public Kinds Add<T>() where T : class, IKind<T>
    {
        var runtime = new KindRuntime<T>();
        _byName.Add(runtime.Info.Name, runtime);
        _infos.Add(runtime.Info);
        return this;
    }

    /// <inheritdoc />
    public IKindRuntime? Runtime(string kind) => _byName.GetValueOrDefault(kind);

    /// <inheritdoc />
    public KindInfo? Find(string kind) => Runtime(kind)?.Info;

    /// <summary>Where the definitions of custom fields come from, as (tenant, kind); asked once, until <see cref="Forget"/>.</summary>
    public void LoadCustomWith(Func<string, string, Task<IReadOnlyList<FieldInfo>>> load) => _loadCustom = load;

    /// <summary>A definition of this tenant has changed.</summary>
    public void Forget(string tenant)
    {
        foreach (var key in _custom.Keys.Where(key => key.Tenant == tenant))
        {
            _custom.TryRemove(key, out _);
        }
    }

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<FieldInfo>> Custom(string tenant, string kind)
    {
        if (_loadCustom is not { } load || Find(kind) is not { HasCustom: true })
        {
            return new([]);
        }

        var loading = _custom.GetOrAdd((tenant, kind), key => load(key.Tenant, key.Kind));
        if (loading is { IsCompleted: true, IsCompletedSuccessfully: false })
        {
            _custom.TryRemove(new((tenant, kind), loading));
        }

        return new(loading);
    }
}
