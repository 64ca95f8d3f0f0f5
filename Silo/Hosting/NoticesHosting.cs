using Crm.Engine;
using Crm.Silo.Mail;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;

namespace Crm.Silo.Hosting;

/// <summary>Notices, the alarms that they need, and the e-mail that some of them become.</summary>
public static class NoticesHosting
{
    /// <summary>
    /// Registers <see cref="INotices"/>, <see cref="IMailLinks"/>, <see cref="ITimers"/> and what makes notices of changes. Needs the engine, a
    /// <see cref="RecordHost"/> and <see cref="People"/>; <see cref="TimerWorker"/> is added apart by nodes that host records.
    /// </summary>
    public static IServiceCollection AddNotices(this IServiceCollection services, MailOptions mail)
    {
        services.AddSingleton(mail).AddSingleton<MailLinks>().AddSingleton<IMailLinks>(of => of.GetRequiredService<MailLinks>()).AddSingleton<IMailPost, SmtpPost>();
        services.AddSingleton<Bells>().AddSingleton<Timers>();
        services.AddSingleton<ITimers>(of => new LateTimers(of.GetRequiredService<Timers>));
        services.AddSingleton(of => new NoticeRules(of.GetRequiredService<ICatalog>(), of.GetRequiredService<IKindRegistry>(), EscalationBell.Rule, ConflictBell.Rule, NoticeCourse.Followed));
        services.AddSingleton<IMembers>(of => new MemberBook(
            of.GetRequiredService<ILists>(), (tenant, user) => of.GetRequiredService<People>().Caller(tenant, user), of.GetRequiredService<IFeed>(), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton(of => new Receivers(of.GetRequiredService<IMembers>(), new LateFollows(of.GetRequiredService<IFollows>)));
        services.AddSingleton<WishBook>().AddSingleton<NoticeTeller>().AddSingleton<NoticeRanking>().AddSingleton<NoticeMaker>().AddSingleton<SweepBell>();
        services.AddSingleton<NoticeCourse>().AddSingleton<IProcess>(of => of.GetRequiredService<NoticeCourse>()).AddSingleton<IProcess, EscalationEnd>();
        services.AddSingleton<IProcess, NoticeLearning>().AddSingleton<IProcess, TenantRanking>();
        services.AddSingleton<ICompoundVerb, CorrectVerb>();
        services.AddSingleton<IBell>(of => of.GetRequiredService<SweepBell>()).AddSingleton<IBell, ReleaseBell>().AddSingleton<IBell, MailBell>().AddSingleton<IBell, ConflictBell>();
        services.AddSingleton<IBell>(of => new EscalationBell(
            of.GetRequiredService<WishBook>(), of.GetRequiredService<NoticeMaker>, of.GetRequiredService<ITimers>(), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IBroadcasts>(of => new Broadcasts(
            of.GetRequiredService<INudges>(), async () => await of.GetRequiredService<Tenants>().All(), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IListeners>(of => new FollowedBook(
            of.GetRequiredService<ILists>, of.GetRequiredService<NoticeCourse>, () => of.GetRequiredService<RecordHost>().Records, of.GetRequiredService<IFeed>(), of.GetRequiredService<TimeProvider>()));
        services.AddSingleton<INotices>(of => new NoticeBook(
            () => of.GetRequiredService<RecordHost>().Records, of.GetRequiredService<ILists>(), of.GetRequiredService<NoticeRules>(), of.GetRequiredService<NoticeTeller>(),
            of.GetRequiredService<WishBook>(), of.GetRequiredService<IMembers>(), of.GetRequiredService<ITimers>(),
            of.GetRequiredService<IKeptDrafts>(), of.GetRequiredService<TimeProvider>()));
        return services;
    }

    // Who follows is asked of the records, and the records know what makes notices.
    private sealed class LateFollows(Func<IFollows> follows) : IFollows
    {
        public Task<FollowAnswer> Follow(Caller caller, Guid commandId, string target, CancellationToken cancel = default) => follows().Follow(caller, commandId, target, cancel);

        public Task<IReadOnlyList<string>> Followers(string tenant, string target, CancellationToken cancel = default) => follows().Followers(tenant, target, cancel);

        public Task<IReadOnlyList<string>> Followed(string tenant, string user, CancellationToken cancel = default) => follows().Followed(tenant, user, cancel);
    }

    // Bells set alarms, and the table of alarms knows the bells.
    private sealed class LateTimers(Func<Timers> timers) : ITimers
    {
        public Task Set(Alarm alarm, bool move = false, CancellationToken cancel = default) => timers().Set(alarm, move, cancel);

        public Task Cancel(string tenant, string bell, string key, CancellationToken cancel = default) => timers().Cancel(tenant, bell, key, cancel);
    }
}
