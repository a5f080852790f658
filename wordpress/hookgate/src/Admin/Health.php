<?php

declare(strict_types=1);

namespace Hookgate\Admin;

use Hookgate\Deliveries;

/**
 * Hookgate's test in Tools → Site Health: as bad as the worst finding.
 */
final class Health
{
    public const NAME = 'hookgate';
    private const WORST_FIRST = [Finding::CRITICAL, Finding::RECOMMENDED, Finding::GOOD];

    public static function register(): void
    {
        add_filter('site_status_tests', [self::class, 'add']);
    }

    /**
     * @param array<string, array<string, mixed>> $tests
     * @return array<string, array<string, mixed>>
     */
    public static function add(array $tests): array
    {
        $tests['direct'][self::NAME] = ['label' => __('Hookgate', 'hookgate'), 'test' => [self::class, 'test']];
        return $tests;
    }

    /**
     * @return array<string, mixed>
     */
    public static function test(): array
    {
        $findings = Setup::findings(Deliveries::recent(1));
        $level = self::worst($findings);
        return [
            'label' => self::label($level),
            'status' => $level,
            'badge' => ['label' => __('Hookgate', 'hookgate'), 'color' => 'blue'],
            'description' => self::description($findings, $level),
            'actions' => self::actions(),
            'test' => self::NAME,
        ];
    }

    /**
     * @param list<Finding> $findings
     */
    private static function worst(array $findings): string
    {
        foreach (self::WORST_FIRST as $level) {
            if (in_array($level, array_column($findings, 'level'), true)) {
                return $level;
            }
        }
        return Finding::GOOD;
    }

    private static function label(string $level): string
    {
        $labels = [
            Finding::GOOD => __('The gate’s deliveries can arrive', 'hookgate'),
            Finding::RECOMMENDED => __('The gate’s deliveries need a look', 'hookgate'),
            Finding::CRITICAL => __('The gate’s deliveries cannot arrive', 'hookgate'),
        ];
        return $labels[$level];
    }

    /**
     * @param list<Finding> $findings
     */
    private static function description(array $findings, string $level): string
    {
        $html = '';
        foreach ($findings as $finding) {
            if ($finding->level !== Finding::GOOD || $level === Finding::GOOD) {
                $subject = esc_html($finding->subject);
                $html .= sprintf('<p><strong>%s</strong>: %s</p>', $subject, esc_html($finding->text));
            }
        }
        return $html;
    }

    private static function actions(): string
    {
        $links = [Page::url() => __('Go to Hookgate', 'hookgate')];
        if (!Setup::isRestApiInPlace()) {
            $links[admin_url('options-permalink.php')] = __('Change the permalinks', 'hookgate');
        }
        $html = '';
        foreach ($links as $url => $text) {
            $html .= sprintf('<p><a href="%s">%s</a></p>', esc_url($url), esc_html($text));
        }
        return $html;
    }
}
